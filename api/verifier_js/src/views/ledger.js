/** StockLedger's words, of one version or over the versions that took over from one another (docs/bundle-views.md). */
import { bits, concat, fromInteger, keccak, left, utf8 } from "../bytes.js";
import { mappingSlot } from "../directory.js";
import { require } from "../refusal.js";
import { streamOf, streamSlot } from "../streams.js";
import * as form from "./parameters.js";

const NAME = "StockLedger";
const SKU_OF_CODE = 2n, PLACE_OF_GLN = 5n;
/** Versions that stand in one line: a later one takes over the words of the one before it. */
const LINE = [2n, 3n];
const PREDECESSOR = fromInteger(9n), EMPTY = (1n << 256n) - 1n;
const MAX_TEXT = 128, MAX_ORGANISATION = 65_535n;
export const LANES = ["available", "reserved", "in_transit", "held"];

export const slotOf = (key, at) => mappingSlot(fromInteger(key), fromInteger(at));

/** `keccak(abi(number, string))`: the key of a code that belongs to a number. */
export function codeKey(number, code) {
  const bytes = utf8(code);
  const padded = new Uint8Array(Math.ceil(bytes.length / 32) * 32);
  padded.set(bytes);
  return keccak(concat(fromInteger(number), fromInteger(64n), fromInteger(bytes.length), padded));
}

/** The number of a brand's SKU; 0 where it is not known. */
export const skuNumber = (ledger, { brand, sku }) => ledger.read(mappingSlot(codeKey(brand, sku), fromInteger(SKU_OF_CODE)));

/** The number of a GLN's place; 0 where it is not known. */
export const placeNumber = (consortium, gln) => consortium.read(slotOf(gln, PLACE_OF_GLN));

/** Parameters that name a SKU. */
export const skuParameters = ({ brand, sku }) => ({
  brand: form.decimal(brand, "brand", 0n, MAX_ORGANISATION),
  sku: form.text(sku, "sku", 1, MAX_TEXT),
});

/** The four lanes of a balance. */
export const lanesOf = (balance) => LANES.map((_, at) => bits(balance, 64 * at, 64));

/** Quantities of lanes as an answer has them. */
export const spelled = (lanes) => Object.fromEntries(LANES.map((lane, at) => [lane, String(lanes[at])]));

/** The stream of a SKU's movements, and of a poster's batches on a lane. */
export const skuStream = (sku) => fromInteger(sku | (1n << 248n));
export const posterStream = (poster, lane) => concat(fromInteger((2n << 88n) | lane, 12), poster);
export const posterTopic = (poster) => left(poster);

/** StockLedger alone, in one of `versions`. */
export const alone = (...versions) => (evidence) => {
  const ledger = evidence.contract(NAME, versions);
  return {
    address: ledger.address,
    read: (slot) => ledger.read(slot),
    word: (slot) => ledger.word(slot),
    stream: (id) => evidence.stream(ledger, id),
  };
};

/** StockLedger, and those that it took over from: what a version never wrote stands in the one before it. */
export function line(evidence) {
  const ledgers = [evidence.contract(NAME, LINE)];
  let below = LINE.at(-1), whole = false;
  const open = () => {
    const word = whole ? null : ledgers.at(-1).word(PREDECESSOR);
    whole = word === null;
    if (whole) return false;
    const version = word >> 160n;
    require(LINE.includes(version) && version < below, 7, "unknown-contract", `StockLedger took over from version ${version}`);
    ledgers.push(evidence.older(NAME, version, fromInteger(bits(word, 0, 160), 20)));
    below = version;
    return true;
  };
  const word = (slot) => {
    for (let place = 0; place < ledgers.length || open(); place += 1) {
      const found = ledgers[place].word(slot);
      if (found !== null) return found;
    }
    return null;
  };
  const read = (slot) => numberOf(word(slot));
  const stream = (id) => {
    while (open());
    const own = ledgers.findIndex((ledger) => ledger.word(streamSlot(id)) !== null);
    const [at, origins] = own < 0 ? [0, ledgers] : [own, ledgers.slice(own)];
    return evidence.stream(ledgers[at], id, origins);
  };
  const count = (id) => streamOf(id, read(streamSlot(id)), []).count;
  return { address: ledgers[0].address, word, read, stream, count };
}

/** The number that a word is: all ones is a 0 that was written. */
const numberOf = (word) => (word === null || word === EMPTY ? 0n : word);
