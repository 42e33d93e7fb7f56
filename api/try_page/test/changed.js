/** Writes what each button makes of each bundle, as JSON, for a verifier in another language. */
import { dataOf } from "../build.js";
import { CHANGES, changed } from "../src/changes.js";

const { anchor, cases } = JSON.parse(dataOf(new URL("../bundles/", import.meta.url)));
const texts = (name) => Object.fromEntries(CHANGES.map((change) => [change, changed(change, name, cases)]));
const found = Object.keys(cases).map((name) => [name, { question: cases[name].question, bundle: cases[name].bundle, changed: texts(name) }]);
process.stdout.write(JSON.stringify({ anchor, cases: Object.fromEntries(found) }));
