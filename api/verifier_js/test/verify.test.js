/** The language-neutral vectors: this verifier accepts and refuses as the files say. */
import { test } from "node:test";
import { VIEWS } from "../src/index.js";
import { casesOf, flipped, shortest } from "./cases.js";
import { read } from "./vectors.js";

/** Each byte in a slow run (six minutes), else some. */
const STEP = process.env.LIVELEDGER_EVERY_BYTE ? 1 : 61;

const { cases, seen } = casesOf(read);
for (const { name, run } of cases) test(name, run);

test("what was counted", (context) => context.diagnostic(`counted ${JSON.stringify(seen)}`));

test("a changed byte is refused", async (context) => {
  let count = 0;
  for (const view of VIEWS) count += await flipped(shortest(read, view), STEP);
  context.diagnostic(`flipped ${count} bytes of ${VIEWS.length} bundles, one a view`);
});
