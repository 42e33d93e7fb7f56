/** The stock of a SKU at a place as a table: a row a lot, the sum above them. */
import { el } from "../dom.js";

const LANES = ["available", "reserved", "in_transit", "held"];

/** The answer of `stock-lots/3`. */
export function showStock(words, answer) {
  const most = answer.by_lot.reduce((found, { available }) => (BigInt(available) > found ? BigInt(available) : found), 1n);
  const head = el("tr", {}, el("th", { scope: "col" }, words.say("stock.lot")), LANES.map((lane) => el("th", { scope: "col", class: "number" }, words.say(`stock.${lane}`))));
  const sum = row(words, words.say("stock.all"), answer, null);
  const lots = answer.by_lot.map((entry) => row(words, lotName(words, entry.lot), entry, Number((BigInt(entry.available) * 100n) / most)));
  const table = el("table", { class: "stock" }, el("caption", { class: "hidden" }, words.say("stock.caption")), el("thead", {}, head), el("tbody", {}, lots), el("tfoot", {}, sum));
  return [scrolling(words.say("stock.caption"), table), el("p", { class: "note" }, words.say("stock.note"))];
}

const lotName = (words, lot) => (lot === "0" ? words.say("stock.without") : words.say("stock.number", { lot }));

function row(words, name, lanes, share) {
  const bar = (lane) => (lane === "available" && share !== null ? el("span", { class: "bar", style: `width:${share}%` }) : null);
  const cells = LANES.map((lane) => el("td", { class: lanes[lane] === "0" ? "number none" : "number" }, words.number(lanes[lane]), bar(lane)));
  return el("tr", {}, el("th", { scope: "row" }, name), cells);
}

/** A table in a frame of its own that scrolls sideways, also by keyboard. */
export function scrolling(label, table) {
  return el("div", { class: "scrolling", role: "region", "aria-label": label, tabindex: "0" }, table);
}
