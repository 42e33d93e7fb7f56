/**
 * Builds try.html: one file without any address in it.
 *
 *   node api/try_page/build.js [FOLDER [FILE]]      bundles [api/try_page/bundles], page [docs/try.html]
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = new URL("./", import.meta.url);
/** The cases in the order of the page. */
const CASES = ["item", "stock", "settlement"];

/** What the page carries, out of a folder of bundles, questions and anchor. */
export function dataOf(folder) {
  const text = (name) => readFileSync(new URL(name, folder), "utf8");
  const one = (name) => [name, { question: text(`${name}.question.json`), bundle: text(`${name}.bundle.json`), older: text(`${name}-older.bundle.json`) }];
  return JSON.stringify({ anchor: text("trust.json"), cases: Object.fromEntries(CASES.map(one)) });
}

async function minified(path, loader) {
  const options = { bundle: true, minify: true, write: false, format: "iife", target: ["chrome111", "firefox119", "safari16.4"], charset: "utf8", legalComments: "none", loader };
  const { outputFiles } = await build({ ...options, entryPoints: [fileURLToPath(new URL(path, HERE))] });
  return outputFiles[0].text.trim();
}

const hashOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The page, with the bundles of `folder` (a URL that ends with a slash). */
export async function pageOf(folder) {
  const script = (await minified("src/main.js", { ".json": "json" })).replaceAll("</script", "<\\/script");
  const style = await minified("style.css", { ".css": "css" });
  const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const parts = { script, style, policy, data: gzipSync(dataOf(folder), { level: 9 }).toString("base64") };
  return readFileSync(new URL("page.html", HERE), "utf8").replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
}

async function main([folder = fileURLToPath(new URL("bundles", HERE)), file = fileURLToPath(new URL("../../docs/try.html", HERE))]) {
  const page = await pageOf(pathToFileURL(`${resolve(folder)}/`));
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, page);
  console.log(`${resolve(file)} (${page.length} characters): open it with a browser`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
