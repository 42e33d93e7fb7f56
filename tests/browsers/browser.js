/**
 * Pages in the browsers that Debian packages, for tests and measurements. Chromium is driven by its own protocol, Firefox
 * by WebDriver BiDi. What was started ends with `inBrowser`, and also when this process is killed.
 */
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { HOST } from "./serving.js";

const WRAPPER = fileURLToPath(new URL("ends-with-parent", import.meta.url));
const PROGRAMS = { chromium: "chromium", firefox: "firefox-esr" };
// No talk with anybody, as root too, nothing asked at the first start.
const CHROMIUM = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
  ...["--disable-component-update", "--disable-dev-shm-usage", "--password-store=basic", "--force-color-profile=srgb"],
  `--host-resolver-rules=MAP ${HOST} 127.0.0.1`,
];
const FIREFOX = { "network.dns.localDomains": HOST };
// Nobody listens at port 9 of this machine: whatever a page asks for without a network fails, loopback too.
const NOBODY = "127.0.0.1:9";
const WITHOUT_NETWORK = [`--proxy-server=${NOBODY}`, "--proxy-bypass-list=<-loopback>"];
const FIREFOX_WITHOUT_NETWORK = {
  "network.proxy.type": 1,
  "network.proxy.http": "127.0.0.1",
  "network.proxy.http_port": 9,
  "network.proxy.ssl": "127.0.0.1",
  "network.proxy.ssl_port": 9,
  "network.proxy.no_proxies_on": "",
  "network.proxy.allow_hijacking_localhost": true,
};
const START_SECONDS = 60;

/** The browsers' names. */
export const BROWSERS = Object.freeze(Object.keys(PROGRAMS));

/** A browser that this machine does not have; the message says how to install it. */
export class MissingBrowser extends Error {}

/** The path of a browser's program. Throws MissingBrowser. */
export function programOf(name) {
  for (const folder of process.env.PATH.split(delimiter)) {
    const path = join(folder, PROGRAMS[name]);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue; // not in this folder
    }
  }
  throw new MissingBrowser(`${PROGRAMS[name]} is not installed: apt-get install ${PROGRAMS[name]}`);
}

/**
 * Starts a browser (`chromium` or `firefox`), gives it to `work`, ends it, and gives what `work` gave. With `offline` its
 * pages reach nobody, loopback included; files they do. `args` are further arguments. Throws MissingBrowser.
 */
export async function inBrowser(name, work, { offline = false, args = [] } = {}) {
  const program = programOf(name);
  const profile = mkdtempSync(join(tmpdir(), `liveledger-${name}-`));
  let browser;
  try {
    browser = await puppeteer.launch(options(name, { program, profile, offline, args }));
    return await work(browser);
  } finally {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Where a browser makes its socket, whose whole path may have 107 bytes: a test's own folder can be too deep for that. */
function roomForASocket() {
  return tmpdir().length > 50 ? "/tmp" : tmpdir();
}

function options(name, { program, profile, offline, args }) {
  const common = {
    executablePath: WRAPPER,
    env: { ...process.env, BROWSER: program, TMPDIR: roomForASocket() },
    headless: true,
    userDataDir: profile,
    timeout: START_SECONDS * 1000,
    protocolTimeout: 0, // what takes how long is the caller's matter
  };
  if (name === "chromium") return { ...common, browser: "chrome", pipe: true, args: [...CHROMIUM, ...(offline ? WITHOUT_NETWORK : []), ...args] };
  return { ...common, browser: "firefox", args, extraPrefsFirefox: { ...FIREFOX, ...(offline && FIREFOX_WITHOUT_NETWORK) } };
}

/**
 * A new page, of `width` by `height` CSS pixels. In `faults` are the errors that it did not catch and what it wrote to the
 * console as an error; in `requests` the addresses that it asked for, without `data:`, `blob:` and the icon of its tab.
 */
export async function newPage(browser, { width = 1280, height = 800 } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  const faults = [], requests = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => /^(data|blob):|\/favicon\.ico$/.test(request.url()) || requests.push(request.url()));
  return { page, faults, requests };
}
