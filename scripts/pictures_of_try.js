/**
 * Makes the READMEs' picture and recording of docs/try.html in Chromium, or a picture of every state of every button.
 *
 *   node scripts/pictures_of_try.js docs          docs/try-en.webp, docs/try-zh.webp (pictures), docs/try-en.moving.webp, … (recordings of twenty seconds)
 *   node scripts/pictures_of_try.js all FOLDER    one of each case and button, at 360 and 1,280 pixels, light and dark
 *
 * A recording is an animated WebP: pictures that Chromium took, one behind the other, each with the time that it stays.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inBrowser, newPage } from "../tests/browsers/browser.js";

const DOCS = new URL("../docs/", import.meta.url);
const PAGE = new URL("try.html", DOCS).href;
const CASES = ["item", "stock", "settlement"];
const CHANGES = ["number", "drop", "swap", "older", "validators"];
const [WIDTH, HEIGHT, SCALE, QUALITY] = [1120, 880, 0.75, 50];
/** The recording: what is pressed, and for how many milliseconds it is looked at. Null: the page as it opens. */
const PLAY = [
  [null, 2000], ["change-number", 2000], ["undo", 800], ["change-drop", 2000], ["case-stock", 1600], ["change-number", 1800],
  ["case-settlement", 1600], ["change-number", 2000], ["change-older", 1800], ["change-validators", 2400],
];
const POINTING = 300;
/** Places in a WebP's animation are even: eight CSS pixels are six of the picture's. */
const EVEN = 8, RING = 48;

async function open(browser, { width, height, scale = 1, language, dark = false }) {
  const { page } = await newPage(browser, { width, height });
  await page.setViewport({ width, height, deviceScaleFactor: scale });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }, { name: "prefers-reduced-motion", value: "reduce" }]);
  await page.evaluateOnNewDocument((tag) => Object.defineProperty(navigator, "languages", { get: () => [tag] }), language);
  await page.goto(PAGE);
  await page.waitForSelector("#page[data-checked]");
  return page;
}

/** Presses a button and waits for the check that follows. */
async function press(page, id) {
  const before = await page.$eval("#page", ({ dataset }) => dataset.checked);
  await page.evaluate((name) => (name === "undo" ? document.querySelector(".cheat > button") : document.getElementById(name)).click(), id);
  await page.waitForFunction((count) => document.getElementById("page").dataset.checked !== count, {}, before);
}

/** Shows what is about to be pressed by a ring upon it; gives the place of a picture of it. */
const point = (page, id) => page.evaluate((name, even, size) => {
  const target = name === "undo" ? document.querySelector(".cheat > button") : document.getElementById(name);
  const { left, top, width, height } = target.getBoundingClientRect();
  const place = { x: Math.floor((left + width * 0.62) / even) * even, y: Math.floor((top + height / 2 - size / 2) / even) * even, width: size, height: size };
  const ring = document.createElement("div");
  ring.id = "ring";
  ring.style.cssText = `position:fixed;z-index:9;left:${place.x + 8}px;top:${place.y + 8}px;width:32px;height:32px;border-radius:50%;background:#1c4f7844;border:3px solid #1c4f78`;
  document.body.append(ring);
  return place;
}, id, EVEN, RING);

/** A language's recording. Of the ring only its own square is in the file. */
async function record(browser, language) {
  const page = await open(browser, { width: WIDTH, height: HEIGHT, scale: SCALE, language });
  await page.evaluate(() => scrollTo(0, document.querySelector(".cases").getBoundingClientRect().top + scrollY - 12));
  const down = await page.evaluate(() => scrollY);
  const frames = [];
  const shoot = async (milliseconds, { x, y, width, height } = { x: 0, y: 0, width: WIDTH, height: HEIGHT }) => {
    const picture = await page.screenshot({ type: "webp", quality: QUALITY, clip: { x, y: y + down, width, height }, captureBeyondViewport: false });
    frames.push({ milliseconds, picture, x: x * SCALE, y: y * SCALE, width: width * SCALE, height: height * SCALE });
  };
  for (const [id, milliseconds] of PLAY) {
    if (id !== null) {
      const place = await point(page, id);
      await shoot(POINTING, place);
      await page.evaluate(() => document.getElementById("ring").remove());
      await press(page, id);
      await page.evaluate(() => document.activeElement.blur());
    }
    await shoot(milliseconds);
  }
  await page.close();
  return animated(frames, WIDTH * SCALE, HEIGHT * SCALE);
}

/** A chunk of RIFF: its name, length and bytes, padded to an even length. */
function chunk(name, ...parts) {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write(name, "latin1");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function little(value, size) {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntLE(value, 0, size);
  return bytes;
}

const sizeOf = ({ width, height }) => [little(width - 1, 3), little(height - 1, 3)];

/** An animated WebP that plays for ever, of pictures and their places (WebP container specification: VP8X, ANIM, ANMF). */
function animated(frames, width, height) {
  const pictures = frames.map((frame) => chunk("ANMF",
    little(frame.x / 2, 3), little(frame.y / 2, 3), ...sizeOf(frame), little(frame.milliseconds, 3), Buffer.from([2]), imageOf(Buffer.from(frame.picture))));
  const head = chunk("VP8X", Buffer.from([2, 0, 0, 0]), ...sizeOf({ width, height }));
  return chunk("RIFF", Buffer.from("WEBP"), head, chunk("ANIM", little(0xffffffff, 4), little(0, 2)), ...pictures);
}

/** The chunk with the picture out of a WebP of one picture. */
function imageOf(file) {
  for (let at = 12; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    const end = at + 8 + length + (length % 2);
    if (["VP8 ", "VP8L"].includes(file.toString("latin1", at, at + 4))) return file.subarray(at, end);
    at = end;
  }
  throw new Error("Chromium wrote a WebP without a picture");
}

async function forDocs(browser) {
  for (const language of ["en", "zh"]) {
    const moving = await record(browser, language);
    writeFileSync(new URL(`try-${language}.moving.webp`, DOCS), moving);
    const seconds = PLAY.reduce((sum, [id, milliseconds]) => sum + milliseconds + (id === null ? 0 : POINTING), 0) / 1000;
    console.log(`docs/try-${language}.moving.webp: ${moving.length} bytes, ${seconds} s`);
    const page = await open(browser, { width: 1280, height: 1010, language, dark: false });
    await press(page, "case-settlement");
    await page.screenshot({ path: fileURLToPath(new URL(`try-${language}.webp`, DOCS)), type: "webp", quality: 80 });
    await page.close();
  }
}

async function all(browser, folder) {
  mkdirSync(folder, { recursive: true });
  for (const width of [360, 1280]) {
    for (const dark of [false, true]) {
      const language = dark ? "zh" : "en";
      const page = await open(browser, { width, height: 800, language, dark });
      for (const name of CASES) {
        const shoot = (state) => page.screenshot({ path: `${folder}/${width}-${language}-${dark ? "dark" : "light"}-${name}-${state}.png`, fullPage: true });
        await press(page, `case-${name}`);
        await shoot("honest");
        for (const change of CHANGES) {
          await press(page, `change-${change}`);
          await shoot(change);
          await press(page, "undo");
        }
      }
      await page.close();
    }
  }
}

const [what, folder] = process.argv.slice(2);
await inBrowser("chromium", (browser) => (what === "all" ? all(browser, folder) : forDocs(browser)), { offline: true });
