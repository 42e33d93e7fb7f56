/** The ten steps, and the one that refuses. */
import { el } from "../dom.js";

const STEPS = 10;
/** These run in the order in which a question needs them, so one of them may have been met before another was done. */
const INTERWOVEN = [7, 9];

/** How each step fared: `passed`, `refused`, `partly`, `unseen`. */
export function fates(refusal) {
  const [first, last] = INTERWOVEN;
  return Array.from({ length: STEPS }, (_, at) => {
    const step = at + 1;
    if (refusal === null) return "passed";
    if (step === refusal.step) return "refused";
    const woven = refusal.step >= first && refusal.step <= last;
    if (woven && step >= first && step <= last) return "partly";
    return step < refusal.step ? "passed" : "unseen";
  });
}

/** The items of the list of steps. */
export function showSteps(words, refusal) {
  return fates(refusal).map((fate, at) => el("li", { class: fate },
    el("span", { class: "n", "aria-hidden": "true" }, String(at + 1)),
    el("span", { class: "name" }, words.say(`step.${at + 1}.name`)),
    el("span", { class: "hidden" }, words.say(`fate.${fate}`))));
}

/** What each step looks at, in a sentence. */
export function showStepTexts(words) {
  return Array.from({ length: STEPS }, (_, at) => el("li", {}, el("strong", {}, words.say(`step.${at + 1}.name`)), ` ${words.say(`step.${at + 1}.text`)}`));
}
