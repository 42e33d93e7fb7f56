/**
 * The vectors in a browser, over plain http: `vectors.js BROWSER [--every-byte]` writes what was seen as JSON. The page
 * loads the verifier twice: bundled, with the views as files of their own, and as its sources, by an import map.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { read } from "../../api/verifier_js/test/vectors.js";
import { inBrowser, newPage } from "./browser.js";
import { serve } from "./serving.js";

const ROOT = new URL("../../", import.meta.url);
// A history and a settlement, each byte in a slow run; else some.
const FLIPPED = ["item-events/2", "settlement/2"];
const SOME = 61;

async function bundled() {
  const entryPoints = [fileURLToPath(new URL("vectors_page.js", import.meta.url))];
  const options = { bundle: true, splitting: true, format: "esm", minify: true, write: false, outdir: "/", target: "es2022" };
  const { outputFiles } = await build({ ...options, entryPoints, legalComments: "none" });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [path, text]));
}

/** All files of vectors by their names, as one JSON text. */
function vectors() {
  const { files, tables } = read("manifest.json");
  return JSON.stringify(Object.fromEntries(["manifest.json", ...files, ...Object.keys(tables)].map((name) => [name, read(name)])));
}

const page = (script, imports = {}) =>
  `<!doctype html><meta charset="utf-8"><title>loading</title><script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="${script}"></script>`;
const MAP = { "@noble/curves/": "/node_modules/@noble/curves/", "@noble/hashes/": "/node_modules/@noble/hashes/" };

async function opened(browser, address) {
  const { page: tab, faults, requests } = await newPage(browser);
  await tab.goto(address);
  await tab.waitForFunction(() => document.title === "ready" || undefined, { timeout: 60_000 });
  return { tab, faults, requests };
}

async function run(browser, url, step) {
  const { tab, faults, requests } = await opened(browser, `${url}/bundled.html`);
  const seen = await tab.evaluate(() => globalThis.runCases());
  const flipped = await tab.evaluate((views, every) => globalThis.runFlipped(views, every), FLIPPED, step);
  const secure = await tab.evaluate(() => isSecureContext);
  const loaded = requests.filter((address) => address.endsWith(".js")).length;
  const sources = await opened(browser, `${url}/sources.html`);
  const views = await sources.tab.evaluate((names) => globalThis.runViews(names), Object.keys(read("manifest.json").proven_by_view));
  return { ...seen, secure, loaded, flipped, views, faults: [...faults, ...sources.faults], version: await browser.version() };
}

const [name, everyByte] = process.argv.slice(2);
const texts = {
  ...(await bundled()),
  "/vectors.json": vectors(),
  "/bundled.html": page("/vectors_page.js"),
  "/sources.html": page("/tests/browsers/vectors_page.js", MAP),
};
const folders = Object.fromEntries(["api/verifier_js", "tests/browsers", "node_modules/@noble"].map((path) => [`/${path}/`, new URL(`${path}/`, ROOT)]));
const server = await serve({ folders, texts });
try {
  const seen = await inBrowser(name, (browser) => run(browser, server.url, everyByte ? 1 : SOME));
  process.stdout.write(`${JSON.stringify(seen)}\n`);
} finally {
  await server.close();
}
