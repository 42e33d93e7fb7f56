/** The page: what was chosen and changed, the check of it, and the parts that show what came out. */
import { changed, CHANGES, followerOf } from "./changes.js";
import { check } from "./check.js";
import { blockOf, readData } from "./data.js";
import { differences } from "./differences.js";
import { code, el, fill } from "./dom.js";
import { fromText, toText } from "./editing.js";
import { lay } from "./layout.js";
import { showItem } from "./show/item.js";
import { showQuestion } from "./show/question.js";
import { showSettlement } from "./show/settlement.js";
import { showSteps } from "./show/steps.js";
import { showStock } from "./show/stock.js";
import { showChanges, showVerdict } from "./show/verdict.js";
import { firstLanguage, Words } from "./words.js";
import { parseAnchor } from "../../verifier_js/src/index.js";

const ANSWERS = { item: showItem, stock: showStock, settlement: showSettlement };
const PAUSE = 250;
const utf8 = (text) => new TextEncoder().encode(text);

class Page {
  constructor(root, data) {
    this.root = root;
    this.anchor = utf8(data.anchor);
    this.cases = data.cases;
    this.words = new Words(firstLanguage());
    this.tried = {}; // by case and button: what the verifier said the last time
    this.state = { dark: matchMedia("(prefers-color-scheme: dark)").matches, clock: "now", age: "any", indented: true, editing: false };
    this.choose(Object.keys(this.cases)[0], { quiet: true });
    this.draw();
  }

  get mine() {
    return this.cases[this.name];
  }

  /** What the verifier is given beside the bundle: the client's own. */
  terms() {
    const newest = blockOf(this.mine.bundle);
    const now = this.state.clock === "now" ? Math.floor(Date.now() / 1000) : newest.signed + 1;
    const maxAge = this.state.age === "any" ? null : Number(this.state.age);
    return { anchor: this.anchor, question: JSON.parse(this.mine.question), now, maxAge, minimumHeight: newest.height };
  }

  choose(name, { quiet = false } = {}) {
    clearTimeout(this.waiting);
    this.name = name;
    this.undone = [];
    this.put(null, this.mine.bundle);
    if (!quiet) this.show();
  }

  put(change, text) {
    this.change = change;
    this.text = text;
    this.fault = null;
  }

  remember() {
    this.undone.push({ change: this.change, text: this.text, fault: this.fault });
  }

  press(change) {
    clearTimeout(this.waiting); // what was typed last is not handed over any more
    this.remember();
    this.put(change, changed(change, this.name, this.cases));
    this.show();
  }

  undo() {
    clearTimeout(this.waiting);
    const before = this.undone.pop();
    if (before === undefined) return;
    Object.assign(this, before);
    this.show();
    if (this.undone.length === 0) this.parts.cases[this.name].focus({ preventScroll: true }); // the button is off now
  }

  edit() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      if (this.change !== "edit") this.remember();
      const { bundle, fault } = fromText(this.parts.editor.value, this.state.indented);
      this.put("edit", bundle);
      this.fault = fault;
      this.show({ typing: true });
    }, PAUSE);
  }

  /** The whole page anew, in its language and colours. */
  draw() {
    const focused = document.activeElement?.id;
    document.documentElement.lang = this.words.tag;
    document.documentElement.dataset.theme = this.state.dark ? "dark" : "light";
    document.title = this.words.say("title");
    this.parts = lay(this.root, this.words, Object.keys(this.cases), this.actions(), this.state);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    return this.show();
  }

  actions() {
    return {
      choose: (name) => this.choose(name),
      change: (change) => this.press(change),
      undo: () => this.undo(),
      edit: () => this.edit(),
      indent: (event) => this.redraw("indented", event.target.checked),
      openEditor: (event) => this.redraw("editing", event.target.open),
      set: (group, value) => this.redraw(group, value),
      language: () => this.speak(this.words.language === "zh" ? "en" : "zh"),
      theme: () => {
        this.state.dark = !this.state.dark;
        this.draw();
      },
    };
  }

  redraw(name, value) {
    if (this.state[name] === value) return;
    this.state[name] = value;
    this.show();
  }

  speak(language) {
    this.words = new Words(language);
    this.draw();
  }

  /** Checks what is there now, and shows it. */
  async show({ typing = false } = {}) {
    const { text, change, name } = this;
    const terms = this.terms();
    const found = await check(utf8(text), terms);
    if (text !== this.text || name !== this.name) return; // something newer is being checked
    if (change !== null && change !== "edit") (this.tried[name] ??= {})[change] = found;
    this.found = found;
    this.showResult(terms, found);
    this.showControls();
    if (!typing) this.showEditor();
    fill(this.parts.fault, this.fault ? this.words.say(this.fault.key, this.fault) : "");
    this.root.dataset.checked = String(Number(this.root.dataset.checked ?? 0) + 1);
  }

  showResult(terms, found) {
    const { words, parts, mine } = this;
    fill(parts.question, showQuestion(words, this.name, terms.question));
    fill(parts.verdict, showVerdict(words, terms.question, found));
    fill(parts.status, this.spoken(found));
    parts.status.className = `spoken ${found.verdict ? "proven" : "refused"}`;
    fill(parts.steps, showSteps(words, found.refusal));
    const changes = this.changes();
    fill(parts.answer, found.verdict ? ANSWERS[this.name](words, found.verdict.answer) : el("p", { class: "nothing" }, words.say("answer.none")), changes ? showChanges(words, changes) : null);
    fill(parts.conditions, this.given(terms, mine));
  }

  spoken({ refusal }) {
    if (refusal === null) return this.words.say("verdict.proven");
    return `${this.words.say("verdict.refused", { step: refusal.step, name: this.words.say(`step.${refusal.step}.name`) })} · ${refusal.code}`;
  }

  /** What is other than in the honest bundle; null where nothing was changed. */
  changes() {
    if (this.change === null) return null;
    try {
      return differences(JSON.parse(this.mine.bundle), JSON.parse(this.text));
    } catch {
      return null; // no JSON: the verdict says so
    }
  }

  given({ anchor, now, minimumHeight }) {
    const { words } = this;
    const { fingerprint, height, value } = parseAnchor(anchor);
    const pair = (key, ...told) => el("div", {}, el("dt", {}, words.say(`given.${key}`)), el("dd", {}, ...told));
    return [
      pair("anchor", code(fingerprint), " ", words.say("given.anchorOf", { height, count: value.validators.length, until: words.time(value.valid_until.seconds) })),
      pair("seen", words.number(minimumHeight)),
      pair("moment", words.time(now)),
    ];
  }

  showControls() {
    const { words, parts } = this;
    for (const [name, button] of Object.entries(parts.cases)) button.setAttribute("aria-pressed", String(name === this.name));
    for (const change of CHANGES) {
      const button = parts.changes[change];
      const [title, text] = button.querySelectorAll(".what > *");
      const other = words.say(`case.${followerOf(this.name, this.cases)}.title`);
      fill(title, words.say(`change.${this.name}.${change}`));
      fill(text, words.say(`change.${this.name}.${change}.text`, { other }));
      button.setAttribute("aria-pressed", String(this.change === change));
      this.showOutcome(parts.outcomes[change], this.tried[this.name]?.[change]);
    }
    parts.undo.disabled = this.undone.length === 0;
  }

  showOutcome(place, tried) {
    place.className = `outcome ${tried ? (tried.refusal ? "refused" : "proven") : ""}`;
    fill(place, tried ? (tried.refusal ? this.words.say("cheat.outcome", tried.refusal) : this.words.say("verdict.proven")) : "");
  }

  showEditor() {
    if (!this.state.editing) return;
    this.parts.editor.value = toText(this.text, this.state.indented);
  }
}

const root = document.getElementById("page");
readData(document.getElementById("data")).then((data) => new Page(root, data)).catch((error) => {
  root.textContent = new Words(firstLanguage()).say("failed", { reason: error.message });
  throw error;
});
