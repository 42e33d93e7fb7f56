/** Settlements: how the loss is shared, in yuan, and the rows from which the verifier computed it. */
import { code, el } from "../dom.js";
import { scrolling } from "./stock.js";

const FIRST_ROWS = 8;
const SERIAL = (1n << 20n) - 1n;
const WHOLE_BPS = 10_000;
const NUMBERS = ["forecast", "received", "sold", "overstock"];

/** The answer of `settlement/1` and `/2`. */
export function showSettlement(words, { terms, settlements }) {
  return settlements.map((entry) => el("section", { class: "settlement" }, shares(words, terms, entry), rows(words, terms, entry)));
}

function shares(words, { brand, supplier, brand_bps: bps }, entry) {
  const rest = String(WHOLE_BPS - Number(bps));
  const part = (who, number, share, fen) => el("div", { class: `share ${who}`, style: `flex-grow:${share}` },
    el("span", {}, words.say(`settlement.${who}`, { number, share: words.percent(share) })), el("strong", {}, words.yuan(fen)));
  return el("div", { class: "shares" },
    el("p", { class: "loss" }, words.say("settlement.loss"), " ", el("strong", {}, words.yuan(entry.loss_fen))),
    el("div", { class: "split" }, part("brand", brand, bps, entry.brand_fen), part("supplier", supplier, rest, entry.supplier_fen)),
    el("p", { class: "foot" }, words.say("settlement.paid", { block: words.number(entry.block), time: words.time(entry.time) }), " ", code(`${entry.session.slice(0, 18)}…`)));
}

function rows(words, { brand_bps: bps }, { inputs, ...fen }) {
  const found = inputs.map((input) => ({ ...input, loss: BigInt(input.overstock) * BigInt(input.unit_cost_fen) }));
  found.sort((a, b) => (a.loss === b.loss ? 0 : a.loss < b.loss ? 1 : -1));
  const titles = ["product", ...NUMBERS, "cost", "rowLoss"];
  const head = el("tr", {}, titles.map((title, at) => el("th", { scope: "col", class: at === 0 ? "" : "number" }, words.say(`settlement.${title}`))));
  const body = el("tbody", {}, found.slice(0, FIRST_ROWS).map((input) => row(words, input)));
  const last = (title, amount) => el("tr", {}, el("th", { scope: "row", colspan: String(titles.length - 1) }, title), el("td", { class: "number" }, words.yuan(amount)));
  const share = (key, part, amount) => last(words.say(key, { share: words.percent(part) }), amount);
  const sums = [
    last(words.say("settlement.sum", { count: words.number(inputs.length) }), fen.loss_fen),
    share("settlement.brandPart", bps, fen.brand_fen), share("settlement.supplierPart", WHOLE_BPS - Number(bps), fen.supplier_fen),
  ];
  const label = words.say("settlement.caption");
  const table = el("table", {}, el("caption", { class: "hidden" }, label), el("thead", {}, head), body, el("tfoot", {}, sums));
  const more = el("button", { type: "button", class: "quiet", onclick: () => {
    body.append(...found.slice(FIRST_ROWS).map((input) => row(words, input)));
    body.rows[FIRST_ROWS].querySelector("th").setAttribute("tabindex", "-1");
    body.rows[FIRST_ROWS].querySelector("th").focus();
    more.remove();
  } }, words.say("settlement.more", { count: words.number(found.length) }));
  return [scrolling(label, table), found.length > FIRST_ROWS ? more : null, el("p", { class: "note" }, words.say("settlement.note"))];
}

function row(words, input) {
  const number = BigInt(input.sku);
  const name = words.say("settlement.sku", { brand: String(number >> 20n), serial: String(number & SERIAL) });
  const cells = NUMBERS.map((title) => el("td", { class: "number" }, words.number(input[title])));
  return el("tr", {}, el("th", { scope: "row" }, name), cells, el("td", { class: "number" }, words.yuan(input.unit_cost_fen)), el("td", { class: "number" }, words.yuan(input.loss)));
}
