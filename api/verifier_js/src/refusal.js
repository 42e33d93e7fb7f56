import { hintOf } from "./hints.js";

/** What a verifier says instead of a verdict: the step that failed, a stable code, a sentence and what helps (docs/bundle-steps.md, "The ten steps"). */
export class Refusal extends Error {
  /** @param {number} step 1 to 10 @param {string} code @param {string} message @param {string} [hint] */
  constructor(step, code, message, hint = hintOf(code)) {
    super(message);
    this.name = "Refusal";
    this.step = step;
    this.code = code;
    this.hint = hint;
  }
}

/** Refuses when `held` is false. */
export function require(held, step, code, message, hint) {
  if (!held) throw new Refusal(step, code, message, hint);
}

/** Step 1: the bytes have not the form of a bundle. */
export function requireShape(held, message) {
  require(held, 1, "shape", message);
}

/** The caller's own mistake (a question that has no form), which is no refusal of an answer. */
export class InvalidQuestion extends Error {
  name = "InvalidQuestion";
}
