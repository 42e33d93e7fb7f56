/** Pages with a module that esbuild bundled, files of the views apart, or with a module as it stands. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { newPage } from "./browser.js";

const START_SECONDS = 60;

/** The texts to serve for a module (a file URL): its address is its file's name at the root. */
export async function bundled(module) {
  const options = { bundle: true, splitting: true, format: "esm", minify: true, write: false, outdir: "/", target: "es2022", legalComments: "none" };
  const { outputFiles } = await build({ ...options, entryPoints: [fileURLToPath(module)] });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [path, text]));
}

/** A page with nothing but a module, which gives the page the title `ready`; `imports` are those of an import map. */
export function pageOf(script, imports = {}) {
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  return `<!doctype html><meta charset="utf-8"><title>loading</title>${map}<script type="module" src="${script}"></script>`;
}

/** A new page (as `newPage` gives it) at an address of such a page, when its module is there. */
export async function opened(browser, address) {
  const found = await newPage(browser);
  await found.page.goto(address);
  await found.page.waitForFunction(() => document.title === "ready", { timeout: START_SECONDS * 1000 });
  return found;
}
