/** `sku-movements/1` to `/3`: every movement of a SKU, in the order of the ledger. */
import { toInteger } from "../bytes.js";
import { inLeaf } from "../abi.js";
import { cut, goesOn } from "./entries.js";
import { alone, line, skuNumber, skuParameters, skuStream } from "./ledger.js";
import * as form from "./parameters.js";
import { movementOf, recordsOf } from "./records.js";

const view = (opened, { lots, kinds }) => ({
  sections: ["contracts", "leaves"],

  parameters(given) {
    form.fields(given, ["brand", "sku", "first", "limit"]);
    return { ...skuParameters(given), page: form.page(given) };
  },

  lasting: goesOn,

  answer(evidence, asked) {
    const ledger = opened(evidence);
    const sku = skuNumber(ledger, asked);
    if (sku === 0n) return { count: "0", known_sku: false, movements: [] };
    const stream = ledger.stream(skuStream(sku));
    const leaves = evidence.leaves(stream, asked.page);
    const movements = cut(leaves, asked.page, stream.count, (leaf) => groupOf(leaf, { lots, kinds }));
    return { count: String(stream.count), known_sku: true, movements };
  },
});

/** The movements of a leaf: a group without SKU and number. */
function groupOf({ n, payload, index }, { lots, kinds }) {
  const head = lots ? 2 : 0;
  const records = payload.length < head ? null : recordsOf(payload.subarray(head), kinds);
  inLeaf(records !== null && BigInt(records.length) === n, `leaf ${index} is no group of ${n} movements`);
  const lot = lots ? { lot: String(toInteger(payload.subarray(0, 2))) } : {};
  return records.map((record) => {
    const { kind, ...rest } = movementOf(record);
    return { kind, ...lot, ...rest };
  });
}

export const views = {
  "sku-movements/1": view(alone(1n), { lots: false, kinds: 14 }),
  "sku-movements/2": view(alone(2n), { lots: true, kinds: 15 }),
  "sku-movements/3": view(line, { lots: true, kinds: 23 }),
};
