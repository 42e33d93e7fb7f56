/** `stock/1` to `/3`: the four lanes of a SKU, or of one of its lots, at a place; `/3` also over versions of StockLedger. */
import { mappingSlot } from "../directory.js";
import { fromInteger } from "../bytes.js";
import { alone, codeKey, lanesOf, line, placeNumber, skuNumber, skuParameters, slotOf, spelled } from "./ledger.js";
import * as form from "./parameters.js";

const BALANCES = 0n, LOT_OF_CODE = 6n, MAX_TEXT = 128;

const withoutLots = {
  sections: ["contracts"],

  parameters(given) {
    form.fields(given, ["brand", "sku", "place"]);
    return { ...skuParameters(given), place: form.gln(given.place, "place") };
  },

  answer(evidence, asked) {
    const ledger = alone(1n)(evidence);
    const consortium = evidence.contract("Consortium"); // both first: nodes stand in the order of the questions
    const [sku, place] = [skuNumber(ledger, asked), placeNumber(consortium, asked.place)];
    const balance = sku > 0n && place > 0n ? ledger.read(slotOf((sku << 16n) | place, BALANCES)) : 0n;
    return { known_sku: sku > 0n, known_place: place > 0n, ...spelled(lanesOf(balance)) };
  },
};

const withLots = (opened) => ({
  sections: ["contracts"],

  parameters(given) {
    form.fields(given, ["brand", "sku", "place", "lot"]);
    return { ...skuParameters(given), place: form.gln(given.place, "place"), lot: form.text(given.lot, "lot", 0, MAX_TEXT) };
  },

  answer(evidence, asked) {
    const ledger = opened(evidence);
    const consortium = evidence.contract("Consortium");
    const [sku, place] = [skuNumber(ledger, asked), placeNumber(consortium, asked.place)];
    const asksLot = asked.lot !== "" && sku > 0n;
    const lot = asksLot ? ledger.read(mappingSlot(codeKey(sku, asked.lot), fromInteger(LOT_OF_CODE))) : 0n;
    const knownLot = asked.lot === "" || lot > 0n;
    const known = sku > 0n && place > 0n && knownLot;
    const balance = known ? ledger.read(slotOf((sku << 32n) | (lot << 16n) | place, BALANCES)) : 0n;
    return { known_sku: sku > 0n, known_lot: knownLot, known_place: place > 0n, ...spelled(lanesOf(balance)) };
  },
});

export const views = { "stock/1": withoutLots, "stock/2": withLots(alone(2n)), "stock/3": withLots(line) };
