/** `sku-returns/1` and `/2`: what came back of a SKU, how it was graded and what was done with it. */
import { bits, fromInteger, hex, toInteger } from "../bytes.js";
import { inLeaf } from "../abi.js";
import { cut, goesOn, reachesEnd } from "./entries.js";
import { alone, skuNumber, skuParameters, slotOf } from "./ledger.js";
import * as form from "./parameters.js";

const GRADED = 1n, HEAD = 35, RECORD = 9;
const ACTS = { 1: "graded", 2: "closed" }, GRADES = ["a", "b", "c", "d"];
const DISPOSITIONS = ["restock", "restock_discounted", "send_back", "scrap"];

const view = (newest) => ({
  sections: ["contracts", "leaves"],

  parameters(given) {
    form.fields(given, ["brand", "sku"], ["first", "limit"]);
    return { ...skuParameters(given), page: form.page(given) };
  },

  ...(newest ? {} : { lasting: goesOn }),

  answer(evidence, asked) {
    const { page } = asked;
    const sku = skuNumber(alone(2n)(evidence), asked);
    if (sku === 0n) return { count: "0", known_sku: false, graded: gradesOf(0n), entries: [] };
    const returns = evidence.contract("Returns");
    const before = newest ? returns.read(slotOf(sku, GRADED)) : null;
    const stream = evidence.stream(returns, fromInteger(sku | (3n << 248n)));
    const ends = reachesEnd(page, stream.count);
    const leaves = evidence.leaves(stream, page);
    const graded = before ?? (ends ? returns.read(slotOf(sku, GRADED)) : null);
    return {
      count: String(stream.count),
      known_sku: true,
      graded: graded === null ? null : gradesOf(graded),
      entries: cut(leaves, page, stream.count, entriesOf),
    };
  },
});

const gradesOf = (word) => Object.fromEntries(GRADES.map((grade, at) => [grade, String(bits(word, 64 * at, 64))]));

function entriesOf({ n, payload, index }) {
  const size = payload.length - HEAD;
  inLeaf(size > 0 && size % RECORD === 0 && BigInt(size / RECORD) === n && Object.hasOwn(ACTS, payload[0]), `leaf ${index} is no act on returns`);
  const act = { act: ACTS[payload[0]], organisation: String(toInteger(payload.subarray(1, 3))) };
  const root = { documents_root: hex(payload.subarray(3, HEAD)) };
  return Array.from({ length: size / RECORD }, (_, at) => ({ ...act, ...recordOf(payload.subarray(HEAD + RECORD * at, HEAD + RECORD * (at + 1)), index), ...root }));
}

function recordOf(record, index) {
  const [lot, place, quantity] = [[0, 2], [2, 4], [4, 7]].map(([from, to]) => toInteger(record.subarray(from, to)));
  const [grade, disposition] = record.subarray(7);
  const good = place > 0n && quantity > 0n && grade >= 1 && grade <= 4 && disposition === grade;
  inLeaf(good, `leaf ${index} has a record of another form`);
  return { lot: String(lot), place: String(place), quantity: String(quantity), grade: GRADES[grade - 1], disposition: DISPOSITIONS[disposition - 1] };
}

export const views = { "sku-returns/1": view(true), "sku-returns/2": view(false) };
