/** `stock-lots/2` and `/3`: the lots of a SKU at a place, a page of them. */
import { bits } from "../bytes.js";
import { endOf } from "../streams.js";
import { alone, LANES, lanesOf, line, placeNumber, skuNumber, skuParameters, slotOf, spelled } from "./ledger.js";
import * as form from "./parameters.js";

const BALANCES = 0n, INFO = 3n, MAX_LOTS = 200n;

const view = (opened) => ({
  sections: ["contracts"],

  parameters(given) {
    form.fields(given, ["brand", "sku", "place", "first", "limit"]);
    return { ...skuParameters(given), place: form.gln(given.place, "place"), page: form.page(given, MAX_LOTS) };
  },

  answer(evidence, asked) {
    const ledger = opened(evidence);
    const consortium = evidence.contract("Consortium");
    const [sku, place] = [skuNumber(ledger, asked), placeNumber(consortium, asked.place)];
    const count = 1n + (sku > 0n ? bits(ledger.read(slotOf(sku, INFO)), 72, 16) : 0n);
    const lots = sku > 0n && place > 0n ? lotsOf(ledger, sku, place, asked.page, count) : [];
    const sums = LANES.map((_, lane) => lots.reduce((sum, { lanes }) => sum + lanes[lane], 0n));
    return {
      known_sku: sku > 0n,
      known_place: place > 0n,
      count: String(count),
      ...spelled(sums),
      by_lot: lots.map(({ lot, lanes }) => ({ lot: String(lot), ...spelled(lanes) })),
    };
  },
});

/** The lots of the page whose word is there. */
function lotsOf(ledger, sku, place, page, count) {
  const found = [];
  for (let lot = page.first; lot < endOf(page, count); lot += 1n) {
    const word = ledger.read(slotOf((sku << 32n) | (lot << 16n) | place, BALANCES));
    if (word !== 0n) found.push({ lot, lanes: lanesOf(word) });
  }
  return found;
}

export const views = { "stock-lots/2": view(alone(2n)), "stock-lots/3": view(line) };
