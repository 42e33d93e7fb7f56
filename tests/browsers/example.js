/**
 * The page of examples/verify in a browser, over plain http: `example.js BROWSER` writes what it showed as JSON. It is opened
 * twice: as it stands, with its import map, and bundled. The server knows an item, says something false of another one,
 * and wants a newer anchor for a third.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { read } from "../../api/verifier_js/test/vectors.js";
import { inBrowser, newPage } from "./browser.js";
import { serve } from "./serving.js";

const ROOT = new URL("../../", import.meta.url);
const EXAMPLE = new URL("examples/verify/", ROOT);
const VERIFIER = new URL("api/verifier_js/", ROOT);
const { question, bundle, anchor, now } = read("histories/some-fields.json");
const { item } = question.parameters;
const address = (uri) => `/api/items/${encodeURIComponent(uri)}/events`;
const FALSE = "https://example.com/false", NEWER = "https://example.com/newer";
const problem = { code: "bundle-too-large", detail: "too many changes of validators", hint: "on the server", anchor_height: "77" };

/** page.js in files that name no package. */
async function bundled() {
  const alias = { "@liveledger/verifier": fileURLToPath(new URL("src/index.js", VERIFIER)), "@liveledger/verifier/items": fileURLToPath(new URL("src/items.js", VERIFIER)), "@liveledger/verifier/sentences": fileURLToPath(new URL("src/sentences.js", VERIFIER)) };
  const options = { bundle: true, splitting: true, format: "esm", minify: true, write: false, outdir: "/dist", target: "es2022", alias };
  const { outputFiles } = await build({ ...options, entryPoints: [fileURLToPath(new URL("page.js", EXAMPLE))] });
  const html = readFileSync(new URL("index.html", EXAMPLE), "utf8").replace(/<script type="importmap">[^<]*<\/script>/, "").replace("page.js", "dist/page.js");
  return { ...Object.fromEntries(outputFiles.map(({ path, text }) => [path, text])), "/bundled.html": html };
}

/** What the page shows after it was asked for an item. */
async function asked(page, uri) {
  await page.evaluate((text) => {
    document.querySelector("#outcome").replaceChildren();
    document.querySelector("#item").value = text;
    document.querySelector("button").click();
  }, uri);
  await page.waitForFunction(() => document.querySelector("#outcome h2") || undefined, { timeout: 30_000 });
  return page.evaluate(() => ({
    heading: document.querySelector("#outcome h2").textContent,
    lines: Object.fromEntries([...document.querySelectorAll("#outcome dt")].map((name) => [name.textContent, name.nextSibling.textContent])),
    answer: document.querySelector("#outcome pre")?.textContent ?? null,
  }));
}

async function looked(browser, url) {
  const { page, faults, requests } = await newPage(browser);
  await page.evaluateOnNewDocument((time) => (Date.now = () => time), now * 1000);
  await page.goto(url);
  await page.waitForFunction(() => document.documentElement.dataset.ready || undefined, { timeout: 30_000 });
  const shown = [];
  for (const uri of [` ${item.replace("id.gs1.org", "shop.example")} `, FALSE, NEWER, "https://example.com/none", "https://id.gs1.org/01/1", " \u3000 "]) shown.push(await asked(page, uri));
  const seen = await page.evaluate(() => Object.fromEntries(Object.entries(localStorage)));
  await page.evaluate(() => Object.keys(localStorage).forEach((name) => localStorage.setItem(name, "1000000")));
  shown.push(await asked(page, item));
  await page.evaluate(() => localStorage.clear());
  return { shown, seen, faults, requests: requests.map((request) => new URL(request).pathname) };
}

const folders = { "/node_modules/@noble/": new URL("node_modules/@noble/", ROOT), "/node_modules/@liveledger/verifier/": VERIFIER, "/": EXAMPLE };
const statuses = { [address(NEWER)]: 422 };
const texts = {
  ...(await bundled()),
  "/trust.json": JSON.stringify(anchor),
  [address(item)]: bundle,
  [address(FALSE)]: bundle,
  [address(NEWER)]: JSON.stringify(problem),
};
const server = await serve({ folders, texts, statuses });
try {
  const found = await inBrowser(process.argv[2], async (browser) => [
    await looked(browser, `${server.url}/index.html`),
    await looked(browser, `${server.url}/bundled.html`),
  ]);
  process.stdout.write(`${JSON.stringify({ found, item })}\n`);
} finally {
  await server.close();
}
