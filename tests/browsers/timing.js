/**
 * How long verifications take in a browser: `timing.js BROWSER SLOWDOWN…`, bundles on standard input as a JSON list
 * (`name`, `bundle` and `anchor` as texts, `question`, `now`). A slowdown is how many times slower the processor is to be;
 * only Chromium has others than 1. Writes a list: name, slowdown, and the median of the first verifications in so many new
 * pages and of those that follow, in milliseconds.
 */
import { json } from "node:stream/consumers";
import { inBrowser } from "./browser.js";
import { bundled, opened, pageOf } from "./pages.js";
import { serve } from "./serving.js";

// What takes seconds is repeated less often.
const PAGES = 7, AGAIN = 5, LARGE = 200_000, ONCE = 1;

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

async function timed(browser, address, given, slowdown) {
  const first = [], again = [], repeated = given.bundle.length > LARGE ? ONCE : AGAIN;
  for (let count = 0; count < PAGES; count += 1) {
    const { page } = await opened(browser, address);
    if (slowdown !== 1) await page.emulateCPUThrottling(slowdown);
    const [one, ...others] = await page.evaluate((bundle, times) => globalThis.timed(bundle, times), given, 1 + repeated);
    first.push(one);
    again.push(...others);
    await page.close();
  }
  return { name: given.name, slowdown, first: median(first), again: median(again) };
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
