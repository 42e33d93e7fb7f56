/** In a page: runs the vectors' cases when `vectors.js`, which opened it, asks for them. */
import { casesOf, changed, chosenBy, oneBit, shortest } from "../../api/verifier_js/test/cases.js";
import { given } from "../../api/verifier_js/test/given.js";
import { verify } from "../../api/verifier_js/src/index.js";

const files = await (await fetch("/vectors.json")).json();
const read = (name) => files[name];

/** Runs all cases: how many, what failed, and what was counted. */
globalThis.runCases = async () => {
  const { cases, seen } = casesOf(read), failed = [];
  for (const { name, run } of cases) {
    try {
      await run();
    } catch (error) {
      failed.push(`${name}: ${error}`);
    }
  }
  return { ran: cases.length, failed, seen };
};

/** Verifies a bundle of each view; how many were proven. */
globalThis.runViews = async (views) => {
  const verdicts = [];
  for (const view of views) verdicts.push(await verify(given(shortest(read, view))));
  return verdicts.length;
};

/** Changes every `step`th byte of a bundle of each view: by one bit, then by a value of `seed`. How many changes, all refused. */
globalThis.runChanged = async (views, step, seed) => {
  let count = 0;
  for (const maskOf of [oneBit, chosenBy(seed)]) for (const view of views) count += await changed(shortest(read, view), step, maskOf);
  return count;
};
document.title = "ready";
