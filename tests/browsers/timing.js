/**
 * How long verifications take in a browser: `timing.js BROWSER SLOWDOWN…`, bundles on standard input as a JSON list
 * (`name`, `bundle` and `anchor` as texts, `question`, `now`). A slowdown is how many times slower the processor is to be;
 * only Chromium has others than 1. Writes a list: name, slowdown, and medians in milliseconds: of the first verifications in
 * so many new pages, of those that follow, of the first ones in as many pages that had run `warm`, and of `warm` itself.
 */
import { json } from "node:stream/consumers";
import { inBrowser } from "./browser.js";
import { bundled, opened, pageOf } from "./pages.js";
import { serve } from "./serving.js";

// What takes seconds is repeated less often.
const PAGES = 7, AGAIN = 5, LARGE = 200_000, ONCE = 1;

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

/** Milliseconds in a new page, one after the other: of `warm` where it is asked for, then of verifications. */
async function inNewPage(browser, address, slowdown, ...asked) {
  const { page } = await opened(browser, address);
  if (slowdown !== 1) await page.emulateCPUThrottling(slowdown);
  const taken = await page.evaluate((...given) => globalThis.timed(...given), ...asked);
  await page.close();
  return taken;
}

async function timed(browser, address, given, slowdown) {
  const first = [], again = [], warming = [], warmed = [], repeated = given.bundle.length > LARGE ? ONCE : AGAIN;
  for (let count = 0; count < PAGES; count += 1) {
    const [one, ...others] = await inNewPage(browser, address, slowdown, given, 1 + repeated, false);
    first.push(one);
    again.push(...others);
    const [warm, then] = await inNewPage(browser, address, slowdown, given, 1, true);
    warming.push(warm);
    warmed.push(then);
  }
  return { name: given.name, slowdown, first: median(first), again: median(again), warmed: median(warmed), warming: median(warming) };
}

const [name, ...slowdowns] = process.argv.slice(2);
const bundles = await json(process.stdin);
const texts = { ...(await bundled(new URL("timing_page.js", import.meta.url))), "/timing.html": pageOf("/timing_page.js") };
const server = await serve({ texts });
try {
  const found = await inBrowser(name, async (browser) => {
    const rows = [];
    for (const given of bundles) for (const slowdown of slowdowns) rows.push(await timed(browser, `${server.url}/timing.html`, given, Number(slowdown)));
    return { version: await browser.version(), rows };
  });
  process.stdout.write(`${JSON.stringify(found)}\n`);
} finally {
  await server.close();
}
