/** What the verifier said: proven with its three lines, or the step that refuses. Beside it, what is other in the bundle. */
import { code, el, svg } from "../dom.js";
import { linesOf } from "../lines.js";

const MARKS = { proven: "M12 25l8 8 17-18", refused: "M14 14l20 20M34 14L14 34" };

/** The parts of the card of a verdict. */
export function showVerdict(words, question, found) {
  const told = found.verdict ? proven(words, question, found.verdict) : refused(words, found.refusal);
  return [told, el("p", { class: "foot measured" }, measured(words, found))];
}

function seal(kind) {
  return svg("svg", { class: "seal", viewBox: "0 0 48 48", "aria-hidden": "true" }, svg("circle", { cx: 24, cy: 24, r: 22 }), svg("path", { d: MARKS[kind] }));
}

function head(words, kind, title, sentence) {
  return el("div", { class: "told" }, seal(kind), el("div", {}, el("p", { class: "title" }, title), el("p", { class: "subtitle" }, sentence)));
}

function proven(words, question, verdict) {
  const lines = linesOf(words, question, verdict);
  const held = words.say("verdict.held", { block: words.number(verdict.block), ago: words.ago(verdict.age_seconds), time: words.time(verdict.block_time) });
  const line = (key, sentence) => el("div", {}, el("dt", {}, words.say(`verdict.${key}`)), el("dd", {}, sentence));
  return el("div", { class: "result proven" },
    head(words, "proven", words.say("verdict.proven"), held),
    el("dl", {}, line("unchanged", lines.unchanged), line("complete", lines.complete ?? words.say("verdict.noList")), line("issuer", lines.issuer ?? words.say("verdict.noIssuer"))));
}

function refused(words, { step, code: name, sentence }) {
  const title = words.say("verdict.refused", { step, name: words.say(`step.${step}.name`) });
  return el("div", { class: "result refused" },
    head(words, "refused", title, [code(name)]),
    el("p", {}, words.say(`code.${name}`)),
    el("p", { class: "foot" }, words.say("verdict.says"), " ", el("q", { lang: "en" }, sentence)));
}

function measured(words, { milliseconds, size }) {
  const time = milliseconds < 10 ? milliseconds.toFixed(1) : String(Math.round(milliseconds));
  return words.say("verdict.measured", { size: words.number(size), time, requests: performance.getEntriesByType("resource").length });
}

/** What is other than in the honest bundle (see differences.js). */
export function showChanges(words, { count, more, shown }) {
  const value = (text) => (text === null ? el("span", { class: "none" }, words.say("changes.none")) : code(text));
  const rows = shown.map(({ path, before, after }) => el("li", {}, el("span", { class: "path" }, path || "·"), el("del", {}, value(before)), " → ", el("ins", {}, value(after))));
  const rest = count > shown.length ? el("li", { class: "none" }, words.say(more ? "changes.atLeast" : "changes.more", { count: words.number(count - shown.length) })) : null;
  return el("div", { class: "changes" }, el("p", {}, words.say(count === 0 ? "changes.same" : "changes.title")), el("ul", {}, rows, rest));
}
