/** The committed page, its two languages, and what its buttons make of a bundle. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { dataOf, pageOf } from "../build.js";
import { CHANGES, changed } from "../src/changes.js";
import { differences } from "../src/differences.js";
import { fromText, toText } from "../src/editing.js";
import { fates } from "../src/show/steps.js";

const HERE = new URL("../", import.meta.url);
const BUNDLES = new URL("bundles/", HERE);
const MOST_BYTES = 300_000;
const DATA = /(<script type="text\/plain" id="data">)([^<]*)/;
const COMMITTED = readFileSync(new URL("../../docs/try.html", HERE), "utf8");
const messages = (language) => JSON.parse(readFileSync(new URL(`messages/${language}.json`, HERE), "utf8"));
/** Packed data differ by the processor of who packed them; what is in them does not. */
const unpacked = (page) => page.replace(DATA, (_, start, data) => start + gunzipSync(Buffer.from(data, "base64")));

test("docs/try.html is what its sources give", async () => {
  assert.equal(unpacked(COMMITTED), unpacked(await pageOf(BUNDLES)), "build it anew: node api/try_page/build.js");
  assert.ok(Buffer.byteLength(COMMITTED) < MOST_BYTES, `${Buffer.byteLength(COMMITTED)} bytes`);
});

test("both languages have every sentence, with the same places for values", () => {
  const [en, zh] = [messages("en"), messages("zh")];
  assert.deepEqual(Object.keys(en), Object.keys(zh));
  const places = (sentence) => [...sentence.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [key, sentence] of Object.entries(en)) {
    assert.deepEqual(places(zh[key]), places(sentence), key);
    assert.ok(sentence.length > 0 && zh[key].length > 0, key);
  }
});

test("every sentence that the sources name is there", () => {
  const files = readdirSync(new URL("src/", HERE), { recursive: true }).filter((name) => name.endsWith(".js"));
  const source = files.map((name) => readFileSync(new URL(`src/${name}`, HERE), "utf8")).join("\n");
  const asked = [...source.matchAll(/(?:say\(|key: |, )"([a-z]\w*\.[\w.]+)"/g)].map(([, key]) => key);
  assert.ok(asked.length > 40);
  const keys = Object.keys(messages("en"));
  assert.deepEqual(asked.filter((key) => !keys.includes(key)), []);
});

test("each code of a refusal has its sentence", () => {
  const types = readFileSync(new URL("../verifier_js/src/index.d.ts", HERE), "utf8");
  const codes = [...types.slice(types.indexOf("type Code ="), types.indexOf(";", types.indexOf("type Code ="))).matchAll(/"([\w-]+)"/g)].map(([, code]) => code);
  assert.equal(codes.length, 23);
  assert.deepEqual(Object.keys(messages("en")).filter((key) => key.startsWith("code.")).sort(), codes.map((code) => `code.${code}`).sort());
});

test("every button changes the bytes, and the honest bundle stays as it is", () => {
  const { cases } = JSON.parse(dataOf(BUNDLES));
  const before = JSON.stringify(cases);
  for (const name of Object.keys(cases)) {
    const texts = CHANGES.map((change) => changed(change, name, cases));
    assert.equal(new Set([...texts, cases[name].bundle]).size, CHANGES.length + 1, name);
  }
  assert.equal(JSON.stringify(cases), before);
});

test("edited text is written in its one spelling, or handed over as it is with the reason", () => {
  const { bundle } = JSON.parse(dataOf(BUNDLES)).cases.item;
  assert.deepEqual(fromText(toText(bundle, true), true), { bundle, fault: null });
  assert.deepEqual(fromText(bundle, false), { bundle, fault: null });
  for (const junk of ["", "{", '{"a":1,"a":1}', '"\\ud800"', "[".repeat(60) + "]".repeat(60), "1e400", "5.0"]) {
    assert.equal(fromText(junk, true).bundle, junk);
    assert.equal(fromText(junk, true).fault.key, "edit.noJson", junk);
    assert.equal(toText(junk, false), junk);
  }
  assert.equal(fromText("x".repeat(3_000_000), true).fault.key, "edit.tooLarge");
});

test("differences are counted, and shown where they begin", () => {
  assert.deepEqual(differences({ a: [1, 2] }, { a: [1, 3, 4] }), {
    count: 2, more: false,
    shown: [{ path: "a[1]", before: "2", after: "3" }, { path: "a[2]", before: null, after: "4" }],
  });
  const [{ before, after }] = differences({ a: `${"0".repeat(200)}1` }, { a: `${"0".repeat(200)}2` }).shown;
  assert.deepEqual([before, after], ['…00000000001"', '…00000000002"']);
  assert.equal(differences({}, { constructor: 1 }).count, 1);
  assert.equal(differences([], Array(20_000).fill(0)).more, true);
});

test("of the interwoven steps only the one that refuses is told", () => {
  assert.deepEqual(fates(null), Array(10).fill("passed"));
  assert.deepEqual(fates({ step: 8 }), [...Array(6).fill("passed"), "partly", "refused", "partly", "unseen"]);
  assert.deepEqual(fates({ step: 2 }), ["passed", "refused", ...Array(8).fill("unseen")]);
});
