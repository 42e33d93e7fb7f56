/**
 * Opens try.html from disk without a network and does what people do with it: `try_page.js BROWSER FILE`. Writes as JSON
 * what was seen; what must come of it is for the test.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inBrowser, newPage } from "./browser.js";

const [name, file, signed] = process.argv.slice(2);
const CASES = ["item", "stock", "settlement"];
const CHANGES = ["number", "drop", "swap", "older", "validators"];
const JUNK = { empty: "", open: "{", text: "<b>no</b>", twice: '{"a":1,"a":2}', surrogate: '"\\ud800"', deep: "[".repeat(5_000), other: "[]", prototype: '{"__proto__":{"x":1}}', large: "9".repeat(1_100_000) };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HOUR = 3_600, YEAR = 365 * 86_400;

/** What is put into each page before its own script: its clock and languages, and how a test acts in it and waits. */
function prepare(now, tags) {
  Date.now = () => now;
  Object.defineProperty(navigator, "languages", { get: () => tags });
  globalThis.shifts = [];
  if (PerformanceObserver.supportedEntryTypes.includes("layout-shift")) {
    new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value))).observe({ type: "layout-shift", buffered: true });
  }
  const put = (id, value, event) => {
    const control = document.getElementById(id);
    control.value = value;
    control.dispatchEvent(new Event(event));
  };
  const acts = {
    press: (id) => document.getElementById(id).click(),
    undo: () => document.querySelector(".cheat > button").click(),
    write: (text) => put("editor", text, "input"),
    choose: (id, value) => put(id, value, "change"),
  };
  const seen = () => ({
    proven: document.querySelector(".result").classList.contains("proven"),
    step: document.querySelector(".strip .refused .n")?.textContent ?? null,
    code: document.querySelector(".result.refused code")?.textContent ?? null,
    lines: [...document.querySelectorAll(".result dd")].map((line) => line.textContent),
    shown: document.querySelector(".answer .nothing") === null,
    changes: document.querySelectorAll(".changes .path").length,
    fault: document.getElementById("fault").textContent,
  });
  globalThis.acted = (act, values) => new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      observer.disconnect();
      resolve(seen());
    });
    observer.observe(document.getElementById("page"), { attributes: true, attributeFilter: ["data-checked"] });
    acts[act](...values);
  });
}

/** A page with the file in it, whose clock stands `later` seconds after the block was signed. */
async function open(browser, { width = 1280, later = HOUR, languages = ["en-GB"], script = true } = {}) {
  const opened = await newPage(browser, { width, height: 800 });
  if (!script) await opened.page.setJavaScriptEnabled(false); // Firefox cannot be told so
  await opened.page.evaluateOnNewDocument(prepare, (Number(signed) + later) * 1000, languages);
  await opened.page.goto(file);
  if (script) await opened.page.waitForSelector("#page[data-checked]");
  return opened;
}

/** Does something in the page (a name of `acts`) and waits there for the check that follows: what is seen then. */
const then = (page, act, ...values) => page.evaluate((name, given) => globalThis.acted(name, given), act, values);

async function buttons(page) {
  const seen = {};
  for (const one of CASES) {
    seen[one] = { honest: await then(page, "press", `case-${one}`) };
    for (const change of CHANGES) {
      seen[one][change] = await then(page, "press", `change-${change}`);
      seen[one][`${change} undone`] = await then(page, "undo");
    }
  }
  return seen;
}

async function editing(page) {
  const seen = {};
  await page.click(".edit summary");
  await page.waitForFunction(() => document.getElementById("editor").value.length > 1000);
  const honest = await page.$eval("#editor", ({ value }) => value);
  for (const [kind, text] of Object.entries(JUNK)) seen[kind] = await then(page, "write", text);
  seen.letter = await then(page, "write", honest.replace(/"count": "(\d)"/, '"count": "9"'));
  seen.again = await then(page, "write", honest);
  seen.undone = await then(page, "undo");
  await then(page, "press", "indented");
  seen.bytes = await then(page, "write", `${await page.$eval("#editor", ({ value }) => value)} `);
  await then(page, "undo");
  return seen;
}

async function conditions(browser) {
  const seen = {};
  const { page } = await open(browser);
  seen.stale = await then(page, "choose", "given-age", "600");
  seen.day = await then(page, "choose", "given-age", "86400");
  await page.close();
  const { page: late } = await open(browser, { later: YEAR });
  seen.expired = await then(late, "press", "case-stock");
  seen.signed = await then(late, "choose", "given-clock", "signed");
  await late.close();
  return seen;
}

/** What axe finds in both languages, themes and widths, of proven and refused bundles; and how much is too wide. */
async function accessible(browser) {
  const found = [], wide = [];
  let runs = 0;
  for (const width of [360, 1280]) {
    for (const language of ["en", "zh-CN"]) {
      const { page } = await open(browser, { width, languages: [language] });
      await page.click(".edit summary");
      for (const acts of [["case-item"], ["change-validators"], ["theme", "case-stock"], ["change-number"], ["case-settlement"]]) {
        for (const act of acts) await then(page, "press", act);
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => axe.run());
        found.push(...violations.map(({ id, nodes }) => `${width} ${language} ${acts} ${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`));
        wide.push(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth));
        runs += 1;
      }
      await page.close();
    }
  }
  return { found, runs, wide: Math.max(...wide) };
}

/** From the address bar on by keyboard alone: the first button that cheats, and back. */
async function keyboard(page) {
  const reached = [];
  for (let count = 0; count < 40 && !reached.includes("change-number"); count += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.id));
  }
  const before = await page.$eval("#page", ({ dataset }) => dataset.checked);
  await page.keyboard.press("Enter");
  await page.waitForFunction((count) => document.getElementById("page").dataset.checked !== count, {}, before);
  return { reached: reached.filter(Boolean), focus: await page.evaluate(() => document.activeElement.id), refused: (await page.$(".result.refused")) !== null };
}

async function beginnings(browser) {
  const seen = {};
  const without = name === "chromium" ? { without: { script: false } } : {};
  for (const [key, options] of Object.entries({ en: {}, zh: { languages: ["zh-TW", "en"] }, ...without })) {
    const { page, faults } = await open(browser, options);
    seen[key] = { language: await page.evaluate(() => document.documentElement.lang), text: await page.evaluate(() => document.body.innerText), faults };
    if (key === "en") seen.shifts = await page.evaluate(() => shifts);
    await page.close();
  }
  return seen;
}

const seen = await inBrowser(name, async (browser) => {
  const { page, faults, requests } = await open(browser);
  const result = { keyboard: await keyboard(page), buttons: await buttons(page), editing: await editing(page) };
  Object.assign(result, { faults, requests, conditions: await conditions(browser), beginnings: await beginnings(browser) });
  return { ...result, version: await browser.version(), accessible: name === "chromium" ? await accessible(browser) : null };
}, { offline: true });
process.stdout.write(JSON.stringify(seen));
