/** The language-neutral vectors: this verifier accepts and refuses as the files say. */
import { test } from "node:test";
import { VIEWS } from "../src/index.js";
import { casesOf, changed, chosenBy, oneBit, shortest } from "./cases.js";
import { read } from "./vectors.js";

/** Each byte in a slow run, else some. */
const EVERY = process.env.LIVELEDGER_EVERY_BYTE, STEP = EVERY ? 1 : 127;
const SEED = Number(process.env.LIVELEDGER_SEED || 1);

const { cases, seen } = casesOf(read);
for (const { name, run } of cases) test(name, run);

test("what was counted", (context) => context.diagnostic(`counted ${JSON.stringify(seen)}`));

for (const [how, maskOf] of [["one bit", oneBit], [`a value from 1 to 255 by seed ${SEED}`, chosenBy(SEED)]]) {
  test(`a changed byte is refused: ${how}`, async (context) => {
    let count = 0;
    for (const view of VIEWS) count += await changed(shortest(read, view), STEP, maskOf);
    context.diagnostic(`changed ${count} bytes of ${VIEWS.length} bundles, one a view, each by XOR with ${how}`);
  });
}

test("a changed byte is refused: all 255 values", { skip: !EVERY && "in the slow run" }, async (context) => {
  const [smallest] = VIEWS.map((view) => shortest(read, view)).sort((one, other) => one.bundle.length - other.bundle.length);
  let count = 0;
  for (let mask = 1; mask < 256; mask += 1) count += await changed(smallest, 1, () => mask);
  context.diagnostic(`changed ${count} times a byte of a bundle of ${smallest.question.view}: each of its ${count / 255} bytes to each of the 255 other values`);
});
