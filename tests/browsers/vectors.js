/**
 * The vectors in a browser, over plain http: `vectors.js BROWSER SEED [--every-byte]` writes what was seen as JSON. The page
 * loads the verifier twice: bundled, with the views as files of their own, and as its sources, by an import map.
 */
import { read } from "../../api/verifier_js/test/vectors.js";
import { inBrowser } from "./browser.js";
import { bundled, opened, pageOf } from "./pages.js";
import { serve } from "./serving.js";

const ROOT = new URL("../../", import.meta.url);
// A history and a settlement, each byte in a slow run; else some.
const CHANGED = ["item-events/2", "settlement/2"];
const SOME = 61;

/** All files of vectors by their names, as one JSON text. */
function vectors() {
  const { files, tables } = read("manifest.json");
  return JSON.stringify(Object.fromEntries(["manifest.json", ...files, ...Object.keys(tables)].map((name) => [name, read(name)])));
}

const MAP = { "@noble/curves/": "/node_modules/@noble/curves/", "@noble/hashes/": "/node_modules/@noble/hashes/" };

async function run(browser, url, step, seed) {
  const { page, faults, requests } = await opened(browser, `${url}/bundled.html`);
  const seen = await page.evaluate(() => globalThis.runCases());
  const changed = await page.evaluate((...given) => globalThis.runChanged(...given), CHANGED, step, seed);
  const secure = await page.evaluate(() => isSecureContext);
  const loaded = requests.filter((address) => address.endsWith(".js")).length;
  const sources = await opened(browser, `${url}/sources.html`);
  const views = await sources.page.evaluate((names) => globalThis.runViews(names), Object.keys(read("manifest.json").proven_by_view));
  return { ...seen, secure, loaded, changed, views, faults: [...faults, ...sources.faults], version: await browser.version() };
}

const [name, seed, everyByte] = process.argv.slice(2);
const texts = {
  ...(await bundled(new URL("vectors_page.js", import.meta.url))),
  "/vectors.json": vectors(),
  "/bundled.html": pageOf("/vectors_page.js"),
  "/sources.html": pageOf("/tests/browsers/vectors_page.js", MAP),
};
const folders = Object.fromEntries(["api/verifier_js", "tests/browsers", "node_modules/@noble"].map((path) => [`/${path}/`, new URL(`${path}/`, ROOT)]));
const server = await serve({ folders, texts });
try {
  const seen = await inBrowser(name, (browser) => run(browser, server.url, everyByte ? 1 : SOME, Number(seed)));
  process.stdout.write(`${JSON.stringify(seen)}\n`);
} finally {
  await server.close();
}
