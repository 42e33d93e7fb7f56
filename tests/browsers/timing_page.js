/** In a page: how long a verification takes, for `timing.js`, which opened it. */
import { readQuestion, verify, warm } from "../../api/verifier_js/src/index.js";

const bytesOf = (text) => new TextEncoder().encode(text);

/**
 * Milliseconds of `times` verifications of a bundle, one after the other, the first one in this page if none was before.
 * The file of the view is there before, as in a page that loads it while it waits for the bundle. `warmed`: `warm` ran before; the
 * first number then is its own.
 */
globalThis.timed = async ({ bundle, anchor, question, now }, times, warmed) => {
  await readQuestion(bytesOf(JSON.stringify(question)));
  const given = { bundle: bytesOf(bundle), anchor: bytesOf(anchor), question, now };
  const taken = [];
  if (warmed) {
    const start = performance.now();
    await warm([question.view]);
    taken.push(performance.now() - start);
  }
  for (let run = 0; run < times; run += 1) {
    const start = performance.now();
    await verify(given);
    taken.push(performance.now() - start);
  }
  return taken;
};
document.title = "ready";
