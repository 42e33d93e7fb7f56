/** What a page for shoppers loads, minified and compressed as a web server would. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ENTRY = fileURLToPath(new URL("../src/index.js", import.meta.url));
const SHOPPERS = ["itemEvents", "itemHistory", "stock", "settlement"];
const LIMIT = 45_000;

/** The files that importing `path` loads at once, without what is loaded on demand. */
function loaded(outputs, path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { path: next, kind } of outputs[path].imports) if (kind === "import-statement") loaded(outputs, next, seen);
  return seen;
}

test("core and views of pages for shoppers are small", async (context) => {
  const options = { bundle: true, splitting: true, format: "esm", minify: true, write: false, metafile: true, outdir: "/out", absWorkingDir: "/" };
  const { outputFiles, metafile } = await build({ ...options, entryPoints: [ENTRY] });
  const names = Object.keys(metafile.outputs);
  const starts = names.filter((name) => [ENTRY, ...SHOPPERS.map((view) => `/views/${view}.js`)].some((end) => `/${metafile.outputs[name].entryPoint}`.endsWith(end)));
  assert.equal(starts.length, 1 + SHOPPERS.length);
  const files = new Set(starts.flatMap((name) => [...loaded(metafile.outputs, name)]));
  const sizes = outputFiles.map(({ path, contents }) => [path.slice(1), gzipSync(contents, { level: 9 }).length]);
  const sum = (found) => found.reduce((total, [, size]) => total + size, 0);
  const [shoppers, all] = [sum(sizes.filter(([path]) => files.has(path))), sum(sizes)];
  context.diagnostic(`sizes ${shoppers} bytes for shoppers' pages, ${all} for all views (gzip, minified by esbuild)`);
  assert.ok(shoppers <= LIMIT, `${shoppers} bytes`);
  assert.ok(shoppers < all);
});
