/** `stock/2` and `stock/3`: the four lanes of a SKU's lot at a place; `stock/3` also over versions of StockLedger. */
import { bits, concat, fromInteger, keccak, utf8 } from "../bytes.js";
import { mappingSlot } from "../evidence.js";
import { require } from "../refusal.js";
import * as form from "./parameters.js";

const BALANCES = 0n, SKU_OF_CODE = 2n, LOT_OF_CODE = 6n, PLACE_OF_GLN = 5n;
const MAX_TEXT = 128, MAX_ORGANISATION = 65_535n;
const LANES = ["available", "reserved", "in_transit", "held"];
const STOCK_VERSIONS = [2n];
/** Versions that stand in one line: a later one takes over the words of the one before it. */
const LINE = [2n, 3n];
const PREDECESSOR = fromInteger(9n), EMPTY = (1n << 256n) - 1n;

/** `keccak(abi(number, string))`: the key of a code that belongs to a number. */
function codeKey(number, code) {
  const bytes = utf8(code);
  const padded = new Uint8Array(Math.ceil(bytes.length / 32) * 32);
  padded.set(bytes);
  return keccak(concat(fromInteger(number), fromInteger(64n), fromInteger(bytes.length), padded));
}

const slot = (key, at) => mappingSlot(key, fromInteger(at));

/** StockLedger alone. */
const alone = (evidence) => evidence.contract("StockLedger", STOCK_VERSIONS);

/** StockLedger, and those that it took over from: what a version never wrote stands in the one before it. */
function line(evidence) {
  const ledgers = [evidence.contract("StockLedger", LINE)];
  let below = LINE.at(-1), whole = false;
  const open = () => {
    const word = whole ? null : ledgers.at(-1).word(PREDECESSOR);
    whole = word === null;
    if (whole) return false;
    const version = word >> 160n;
    require(LINE.includes(version) && version < below, 7, "unknown-contract", `StockLedger took over from version ${version}`);
    ledgers.push(evidence.older("StockLedger", version, fromInteger(bits(word, 0, 160), 20)));
    below = version;
    return true;
  };
  return {
    read(at) {
      for (let place = 0; place < ledgers.length || open(); place++) {
        const word = ledgers[place].word(at);
        if (word !== null) return word === EMPTY ? 0n : word;
      }
      return 0n;
    },
  };
}

const view = (opened) => ({
  sections: ["contracts"],

  parameters(given) {
    form.fields(given, ["brand", "sku", "place", "lot"]);
    return {
      brand: form.decimal(given.brand, "brand", 1n, MAX_ORGANISATION),
      sku: form.text(given.sku, "sku", 1, MAX_TEXT),
      place: form.gln(given.place, "place"),
      lot: form.text(given.lot, "lot", 0, MAX_TEXT),
    };
  },

  answer(evidence, { brand, sku, place, lot }) {
    const ledger = opened(evidence);
    const consortium = evidence.contract("Consortium"); // both first: nodes stand in the order of the questions
    const skuNumber = ledger.read(slot(codeKey(brand, sku), SKU_OF_CODE));
    const placeNumber = consortium.read(slot(fromInteger(place), PLACE_OF_GLN));
    const asksLot = lot !== "" && skuNumber > 0n;
    const lotNumber = asksLot ? ledger.read(slot(codeKey(skuNumber, lot), LOT_OF_CODE)) : 0n;
    const knownLot = lot === "" || lotNumber > 0n;
    const known = skuNumber > 0n && placeNumber > 0n && knownLot;
    const key = fromInteger((skuNumber << 32n) | (lotNumber << 16n) | placeNumber);
    const balance = known ? ledger.read(slot(key, BALANCES)) : 0n;
    return {
      known_sku: skuNumber > 0n,
      known_place: placeNumber > 0n,
      known_lot: knownLot,
      ...Object.fromEntries(LANES.map((lane, at) => [lane, String(bits(balance, 64 * at, 64))])),
    };
  },
});

export const stock = view(alone);
export const stockLine = view(line);
