/** A question as a person asks it, and as the verifier is given it. */
import { code, el } from "../dom.js";

/** The parts of the card of a question. */
export function showQuestion(words, name, question) {
  const { parameters } = question;
  return [
    el("p", { class: "asked" }, words.say(`question.${name}`, shortened(parameters))),
    el("details", {}, el("summary", {}, words.say("question.own")), el("p", { class: "foot" }, code(JSON.stringify(question)))),
  ];
}

function shortened(parameters) {
  return { ...parameters, serial: String(parameters.item).split("/").at(-1), agreement: `${String(parameters.agreement).slice(0, 10)}…` };
}
