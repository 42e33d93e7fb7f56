/** The page's skeleton in one language: every part has its place, so that nothing moves when a result comes. */
import { CHANGES } from "./changes.js";
import { el, fill, svg } from "./dom.js";
import { notProven } from "./lines.js";
import { showStepTexts } from "./show/steps.js";

export const CLOCKS = ["now", "signed"];
export const AGES = ["any", "600", "86400"];
const EARNEST = 3;

/**
 * Fills `root` and gives the parts that change: `question`, `verdict`, `status`, `steps`, `answer`, `cases`, `changes` (by
 * name), `undo`, `editor`, `editing`, `fault`, `conditions`. `actions` are what the controls do; `cases` the cases' names.
 */
export function lay(root, words, cases, actions, state) {
  const parts = { cases: {}, changes: {}, outcomes: {} };
  const part = (name, element) => (parts[name] = element);
  fill(root,
    top(words, actions, state),
    el("main", {},
      el("div", { class: "hero" }, el("h1", {}, words.say("hero.title")), el("p", {}, words.say("hero.lead"))),
      el("nav", { class: "cases", "aria-label": words.say("cases.label") }, cases.map((name) => (parts.cases[name] = caseButton(words, name, actions)))),
      card("question", words.say("question.title"), part("question", el("div", {}))),
      card("verdict", words.say("verdict.title"), part("status", el("p", { class: "spoken", role: "status" })), part("verdict", el("div", {}))),
      card("cheat", words.say("cheat.title"), el("p", { class: "note" }, words.say("cheat.lead")),
        el("ul", {}, CHANGES.map((change) => el("li", {}, changeButton(words, change, actions, parts)))),
        part("undo", el("button", { type: "button", class: "quiet", onclick: actions.undo }, words.say("cheat.undo")))),
      card("steps", words.say("steps.title"), part("steps", el("ol", { class: "strip" })),
        el("details", {}, el("summary", {}, words.say("steps.more")), el("ol", { class: "texts" }, showStepTexts(words)), el("p", { class: "note" }, words.say("steps.order")))),
      card("answer", words.say("answer.title"), part("answer", el("div", {}))),
      card("edit", words.say("edit.title"), editor(words, actions, state, parts)),
      card("given", words.say("given.title"), ...given(words, actions, state, parts)),
      card("limits", words.say("limits.title"), el("div", { class: "pair" },
        el("div", {}, el("p", {}, words.say("limits.lead")), el("ul", {}, notProven(words).map((sentence) => el("li", {}, sentence))), el("p", {}, words.say("limits.page"))),
        el("div", {}, el("h3", {}, words.say("earnest.title")), el("ol", {}, Array.from({ length: EARNEST }, (_, at) => el("li", {}, words.say(`earnest.${at}`)))))))),
    el("footer", {}, el("p", {}, words.say("footer"))));
  return parts;
}

function top(words, actions, { dark }) {
  const icon = dark ? "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z" : "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M4 20l2-2M18 6l2-2";
  return el("header", {},
    el("span", { class: "brand" }, svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: "M4 6h10M4 12h16M4 18h7M15 18l2 2 4-5" })), "LiveLedger"),
    el("span", { class: "switches" },
      el("button", { type: "button", id: "language", class: "quiet", lang: words.say("language.otherTag"), onclick: actions.language }, words.say("language.other")),
      el("button", { type: "button", id: "theme", class: "quiet icon", "aria-label": words.say(dark ? "theme.light" : "theme.dark"), onclick: actions.theme },
        svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: icon })))));
}

function card(name, title, ...children) {
  return el("section", { class: `card ${name}`, "aria-labelledby": `${name}-title` }, el("h2", { id: `${name}-title` }, title), ...children);
}

function caseButton(words, name, actions) {
  return el("button", { type: "button", id: `case-${name}`, onclick: () => actions.choose(name) },
    el("strong", {}, words.say(`case.${name}.title`)), el("span", {}, words.say(`case.${name}.text`)));
}

function changeButton(words, change, actions, parts) {
  parts.changes[change] = el("button", { type: "button", id: `change-${change}`, onclick: () => actions.change(change) }, el("span", { class: "what" }, el("strong", {}), el("span", {})), (parts.outcomes[change] = el("span", { class: "outcome" })));
  return parts.changes[change];
}

function editor(words, actions, state, parts) {
  const area = el("textarea", { id: "editor", spellcheck: "false", autocapitalize: "off", autocomplete: "off", rows: "18", "aria-label": words.say("edit.label"), "aria-describedby": "fault", oninput: actions.edit });
  const mode = el("input", { type: "checkbox", id: "indented", checked: state.indented, onchange: actions.indent });
  parts.editor = area;
  parts.editing = el("details", { open: state.editing, ontoggle: actions.openEditor },
    el("summary", {}, words.say("edit.open")),
    el("label", { class: "option" }, mode, " ", words.say("edit.indented")), area,
    (parts.fault = el("p", { id: "fault", class: "fault", role: "status" })));
  return [el("p", { class: "note" }, words.say("edit.lead")), parts.editing];
}

function given(words, actions, state, parts) {
  const option = (group, value) => el("option", { value, selected: state[group] === value }, words.say(`given.${group}.${value}`));
  const select = (group, values) => el("p", { class: "option" }, el("label", { for: `given-${group}` }, words.say(`given.${group}`)),
    el("select", { id: `given-${group}`, onchange: (event) => actions.set(group, event.target.value) }, values.map((value) => option(group, value))));
  return [el("p", { class: "note" }, words.say("given.lead")), (parts.conditions = el("dl", {})), select("clock", CLOCKS), select("age", AGES)];
}
