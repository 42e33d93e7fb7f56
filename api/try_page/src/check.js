/** One check by the verifier: what came out, how long it took, how much it read. Nothing here decides anything. */
import { InvalidQuestion, Refusal, verify } from "../../verifier_js/src/index.js";

/**
 * Checks `bytes` under `terms` (`anchor`, `question`, `now`, `maxAge`, `minimumHeight`).
 * Gives `{ verdict, refusal, milliseconds, size }`, one of the first two null.
 */
export async function check(bytes, terms) {
  const began = performance.now();
  const done = (found) => ({ verdict: null, refusal: null, ...found, milliseconds: performance.now() - began, size: bytes.length });
  try {
    return done({ verdict: await verify({ bundle: bytes, ...terms }) });
  } catch (error) {
    if (error instanceof Refusal) return done({ refusal: { step: error.step, code: error.code, sentence: error.message } });
    if (error instanceof InvalidQuestion) throw new Error(`the page's own question is none: ${error.message}`);
    throw error;
  }
}
