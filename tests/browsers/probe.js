/** Tells what a page of a browser finds over plain http, from a file, and without a network: `probe.js BROWSER FILE`. */
import { inBrowser, newPage } from "./browser.js";
import { serve } from "./serving.js";

const [name, file] = process.argv.slice(2);
const server = await serve({ texts: { "/page.html": "<!doctype html><title>served</title>" } });
const address = `${server.url}/page.html`;
const loopback = address.replace(/ledger\.test/, "127.0.0.1");
const seen = () => ({ title: document.title, secure: isSecureContext, cryptography: typeof crypto.subtle });
const reached = (url) => fetch(url, { mode: "no-cors" }).then(() => true, () => false);

async function look(browser, first) {
  const { page, requests } = await newPage(browser, { width: 360, height: 640 });
  const opened = await page.goto(first).then(() => true, () => false);
  const found = opened && (await page.evaluate(seen));
  await page.goto(file);
  const fromFile = [await page.evaluate(reached, address), await page.evaluate(reached, loopback)];
  const width = await page.evaluate(() => document.documentElement.clientWidth);
  return { found, file: await page.title(), reached: fromFile, width, requests: requests.filter((url) => url.startsWith("http")).length };
}

const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
write(await inBrowser(name, (browser) => look(browser, address), { offline: true }));
await inBrowser(name, async (browser) => {
  write({ ...(await look(browser, address)), pid: browser.process().pid });
  await new Promise(() => setInterval(() => {}, 1000)); // until the test kills this program
});
