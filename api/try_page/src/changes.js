/**
 * What the buttons do to a bundle. Each begins with the honest one and gives another text; the liar is careful and changes
 * the evidence along with the answer where that is possible. What comes of it is for the verifier to say.
 */
import { canonical } from "../../verifier_js/src/json.js";
import { forge } from "./forging.js";

/** The buttons, in their order. */
export const CHANGES = Object.freeze(["number", "drop", "swap", "older", "validators"]);

const LANES = ["available", "reserved", "in_transit", "held"];
const EXPIRY = "cbvmda:itemExpirationDate";
const INPUT_DIGITS = 2 * 52;
const WHOLE_BPS = 10_000n;

/** The bundle's text after `change`. `cases` are all that the page carries. */
export function changed(change, name, cases) {
  const { bundle, older } = cases[name];
  if (change === "older") return older;
  if (change === "swap") return cases[followerOf(name, cases)].bundle;
  if (change === "validators") return canonical(forge(JSON.parse(bundle)));
  return canonical(BY_CASE[name][change](JSON.parse(bundle)));
}

/** The case whose honest bundle "swap the question" hands over. */
export function followerOf(name, cases) {
  const names = Object.keys(cases);
  return names[(names.indexOf(name) + 1) % names.length];
}

const BY_CASE = {
  item: { number: laterExpiry, drop: withoutLastEvent },
  stock: { number: oneUnitMore, drop: withoutLastLot },
  settlement: { number: oneFenMore, drop: withoutWorstRow },
};

/** The day of expiry a year later, in the event and in the answer. */
function laterExpiry(bundle) {
  const at = bundle.answer.events.findIndex(({ event }) => event?.ilmd?.[EXPIRY]);
  for (const { event } of [bundle.answer.events[at], bundle.evidence.disclosures[at]]) {
    const [year, ...rest] = event.ilmd[EXPIRY].split("-");
    event.ilmd[EXPIRY] = [Number(year) + 1, ...rest].join("-");
  }
  return bundle;
}

/** The last event left out wherever it stands, and counted out. */
function withoutLastEvent(bundle) {
  const { answer, evidence } = bundle;
  for (const list of [answer.events, evidence.disclosures, evidence.leaves.at(-1).page]) list.pop();
  answer.count = String(BigInt(answer.count) - 1n);
  return bundle;
}

/** One unit more of the first lot, in the word of the ledger's state and in the answer. */
function oneUnitMore(bundle) {
  const [lot] = bundle.answer.by_lot;
  const before = wordOf(lot);
  for (const row of [lot, bundle.answer]) row.available = String(BigInt(row.available) + 1n);
  bundle.nodes = bundle.nodes.map((node) => node.replace(before, wordOf(lot)));
  return bundle;
}

/** The digits of a balance as they stand in the state: four numbers of 64 bits, available in the lowest. */
function wordOf(row) {
  const word = LANES.reduceRight((sum, lane) => (sum << 64n) | BigInt(row[lane]), 0n).toString(16);
  return word.padStart(word.length + (word.length % 2), "0");
}

/** The last lot left out, and out of the sums. */
function withoutLastLot(bundle) {
  const gone = bundle.answer.by_lot.pop();
  for (const lane of LANES) bundle.answer[lane] = String(BigInt(bundle.answer[lane]) - BigInt(gone[lane]));
  bundle.answer.count = String(BigInt(bundle.answer.count) - 1n);
  return bundle;
}

/** One fen from the supplier to the brand: the sum stays right. */
function oneFenMore(bundle) {
  const settlement = bundle.answer.settlements.at(-1);
  settlement.brand_fen = String(BigInt(settlement.brand_fen) + 1n);
  settlement.supplier_fen = String(BigInt(settlement.supplier_fen) - 1n);
  return bundle;
}

/** The row with the greatest loss left out of the inputs, and loss and shares computed anew without it. */
function withoutWorstRow(bundle) {
  const settlement = bundle.answer.settlements.at(-1);
  const losses = settlement.inputs.map(({ overstock, unit_cost_fen: cost }) => BigInt(overstock) * BigInt(cost));
  const worst = losses.reduce((most, loss, at) => (loss > losses[most] ? at : most), 0);
  settlement.inputs.splice(worst, 1);
  bundle.evidence.inputs[bundle.evidence.inputs.length - 1] = withoutInput(bundle.evidence.inputs.at(-1), worst);
  const loss = losses.reduce((sum, part) => sum + part, -losses[worst]);
  const brand = (2n * loss * BigInt(bundle.answer.terms.brand_bps) + WHOLE_BPS) / (2n * WHOLE_BPS);
  Object.assign(settlement, { loss_fen: String(loss), brand_fen: String(brand), supplier_fen: String(loss - brand) });
  return bundle;
}

/** Pages of inputs (hex) without row `row`. */
function withoutInput(pages, row) {
  let first = 0;
  return pages.map((page) => {
    const rows = (page.length - 2) / INPUT_DIGITS;
    const start = 2 + (row - first) * INPUT_DIGITS;
    const here = row >= first && row < first + rows;
    first += rows;
    return here ? page.slice(0, start) + page.slice(start + INPUT_DIGITS) : page;
  });
}
