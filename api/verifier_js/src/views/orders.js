/** `sku-orders/1` and `/2`: the orders of a SKU, how they were made and how they ended. */
import { inLeaf, wordsOfLeaf } from "../abi.js";
import { fromInteger } from "../bytes.js";
import { goesOn, tailOf } from "./entries.js";
import { alone, skuNumber, skuParameters } from "./ledger.js";
import * as form from "./parameters.js";

const MADE = [8, 8, 16, 16, 64, 64, 32, 64], ENDED = [8, 64, 8, 64, 64];
const KINDS = { 1: "place", 2: "hub", 3: "supplier" }, STATUSES = { 2: "closed", 3: "cancelled", 4: "expired" };

const view = (lasting) => ({
  sections: ["contracts", "leaves"],

  parameters(given) {
    form.fields(given, ["brand", "sku"], ["first", "limit"]);
    return { ...skuParameters(given), page: form.page(given) };
  },

  ...lasting,

  answer(evidence, asked) {
    const sku = skuNumber(alone(1n, 2n)(evidence), asked);
    if (sku === 0n) return { count: "0", known_sku: false, entries: [] };
    const stream = evidence.stream(evidence.contract("Replenishment"), fromInteger(sku | (2n << 248n)));
    const leaves = evidence.leaves(stream, asked.page);
    return { count: String(stream.count), known_sku: true, entries: leaves.map((leaf) => entryOf(leaf, sku)) };
  },
});

function entryOf(leaf, sku) {
  const entry = leaf.payload.length === 32 * MADE.length ? madeOf(leaf, sku) : endedOf(leaf, sku);
  return { index: String(leaf.index), ...entry, ...tailOf(leaf) };
}

const orderOf = (sku, index) => String((sku << 64n) | index);

function madeOf(leaf, sku) {
  const [what, kind, source, to, quantity, position, score, deadline] = wordsOfLeaf(leaf, MADE);
  inLeaf(what === 1n && Object.hasOwn(KINDS, kind), `leaf ${leaf.index} is no order`);
  const numbers = Object.entries({ source, to, quantity, position, score, deadline }).map(([name, value]) => [name, String(value)]);
  return { entry: "made", order: orderOf(sku, leaf.index), kind: KINDS[kind], ...Object.fromEntries(numbers) };
}

function endedOf(leaf, sku) {
  const [what, order, status, shipped, received] = wordsOfLeaf(leaf, ENDED);
  inLeaf(what === 2n && Object.hasOwn(STATUSES, status) && order < leaf.index, `leaf ${leaf.index} is no end of an order`);
  return { entry: "ended", order: orderOf(sku, order), status: STATUSES[status], shipped: String(shipped), received: String(received) };
}

export const views = { "sku-orders/1": view({}), "sku-orders/2": view({ lasting: goesOn }) };
