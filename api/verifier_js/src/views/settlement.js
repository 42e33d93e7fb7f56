/** `settlement/1` and `/2`: an agreement's settlements, each computed again from its inputs. */
import { bits, concat, fromInteger, hex, keccak, same, toInteger } from "../bytes.js";
import { inLeaf, wordsOfLeaf } from "../abi.js";
import { behind, mappingSlot } from "../directory.js";
import { goesOn, tailOf } from "./entries.js";
import * as form from "./parameters.js";

const AGREEMENTS = fromInteger(3n), ROW = 52, TERMS = 12, BASIS = 10_000n;
const WIDTHS = [256, 256, 256, 256, 256, 256];
const COLUMNS = [["sku", 4], ["unit_cost_fen", 8], ["received", 8], ["forecast", 8], ["sold", 8], ["returned", 8], ["overstock", 8]];

const view = ({ pages, lasting }) => ({
  sections: ["contracts", "leaves", "inputs"],

  parameters(given) {
    form.fields(given, ["agreement"], pages ? ["first", "limit"] : []);
    return { agreement: form.bytes(given.agreement, "agreement", 32), page: form.page(given) };
  },

  ...(lasting && { lasting }),

  answer(evidence, { agreement, page }) {
    const contract = evidence.contract("Settlement");
    const terms = termsOf(contract, mappingSlot(agreement, AGREEMENTS));
    const stream = evidence.stream(contract, agreement);
    const leaves = evidence.leaves(stream, page);
    inLeaf(leaves.length === 0 || terms !== null, "a settlement of an agreement that is not known");
    const inputs = evidence.take("inputs");
    inLeaf(inputs.length === leaves.length, "not the inputs of each settlement");
    const settlements = leaves.map((leaf, at) => settlementOf(leaf, inputs[at], terms));
    return { count: String(stream.count), known: terms !== null, terms: terms && spelled(terms), settlements };
  },
});

function termsOf(contract, slot) {
  const word = contract.word(slot);
  if (word === null) return null;
  const [brand, supplier, forecaster, bps] = [0, 16, 32, 48].map((at) => bits(word, at, 16));
  return { brand, supplier, forecaster, bps, validUntil: bits(word, 64, 64), hash: fromInteger(contract.read(behind(slot))) };
}

const spelled = ({ brand, supplier, forecaster, bps, validUntil, hash }) => ({
  brand: String(brand), supplier: String(supplier), forecaster: String(forecaster), brand_bps: String(bps), valid_until: String(validUntil),
  terms_hash: hex(hash),
});

function settlementOf(leaf, pages, terms) {
  const [session, loss, brand, supplier, skus, inputsHash] = wordsOfLeaf(leaf, WIDTHS);
  const held = (good, message) => inLeaf(good, `settlement ${leaf.index}: ${message}`);
  held(pages.every((page) => page.length % ROW === 0), "a page of inputs is no number of whole rows");
  held(same(rolling(pages), fromInteger(inputsHash)), "the inputs are others than those that were settled");
  held(same(termsHash(pages), terms.hash), "the inputs have other terms than the agreement");
  const rows = pages.flatMap(rowsOf);
  held(rows.every((row) => row.overstock === overstockOf(row)), "a row has another overstock than its figures");
  const owed = rows.reduce((sum, row) => sum + row.overstock * row.unit_cost_fen, 0n);
  held(loss === owed, "the loss is not the sum of its rows");
  held(brand === brandShare(loss, terms.bps) && supplier === loss - brand, "the shares are not those of the terms");
  held(skus === BigInt(rows.length), "another number of SKUs");
  return {
    session: hex(fromInteger(session)), loss_fen: String(loss), brand_fen: String(brand), supplier_fen: String(supplier),
    inputs: rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))), ...tailOf(leaf),
  };
}

const rolling = (pages) => pages.reduce((hash, page) => keccak(hash, keccak(page)), new Uint8Array(32));

/** The hash of the agreement's terms: of every row what the terms hold, page by page. */
function termsHash(pages) {
  const hashes = pages.map((page) => keccak(concat(new Uint8Array(), ...slices(page).map((row) => row.subarray(0, TERMS)))));
  return keccak(fromInteger(32n), fromInteger(hashes.length), ...hashes);
}

const slices = (page) => Array.from({ length: page.length / ROW }, (_, at) => page.subarray(ROW * at, ROW * (at + 1)));

function rowsOf(page) {
  return slices(page).map((bytes) => {
    let at = 0;
    return Object.fromEntries(COLUMNS.map(([name, size]) => [name, toInteger(bytes.subarray(at, (at += size)))]));
  });
}

/** `u = min(max(0, covered − (sold − returned)), covered)`, `covered = min(received, forecast)`. */
export function overstockOf({ received, forecast, sold, returned }) {
  const covered = received < forecast ? received : forecast;
  const left = covered - (sold - returned);
  if (left <= 0n) return 0n;
  return left < covered ? left : covered;
}

/** The brand's share by largest remainder; a tie goes to the brand. */
export function brandShare(loss, bps) {
  const product = loss * bps;
  return product / BASIS + (2n * (product % BASIS) >= BASIS ? 1n : 0n);
}

export const views = { "settlement/1": view({ pages: false }), "settlement/2": view({ pages: true, lasting: goesOn }) };
