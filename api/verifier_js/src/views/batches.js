/** `poster-batches/1` and `/2`: the batches of an account on a lane. */
import { fromInteger, hex } from "../bytes.js";
import { wordsOfLeaf } from "../abi.js";
import { goesOn, tailOf } from "./entries.js";
import { alone, line, posterStream } from "./ledger.js";
import * as form from "./parameters.js";

const MAX_LANE = (1n << 32n) - 1n;
const WIDTHS = [256, 256, 64, 256];

const view = (opened) => ({
  sections: ["contracts", "leaves"],

  parameters(given) {
    form.fields(given, ["poster", "lane"], ["first", "limit"]);
    return { poster: form.bytes(given.poster, "poster", 20), lane: form.decimal(given.lane, "lane", 0n, MAX_LANE), page: form.page(given) };
  },

  lasting: goesOn,

  answer(evidence, { poster, lane, page }) {
    const stream = opened(evidence).stream(posterStream(poster, lane));
    const leaves = evidence.leaves(stream, page);
    return { count: String(stream.count), batches: leaves.map(batchOf) };
  },
});

function batchOf(leaf) {
  const [documents, root, movements, records] = wordsOfLeaf(leaf, WIDTHS);
  const [documentsRoot, movementsRoot, recordsHash] = [documents, root, records].map((word) => hex(fromInteger(word)));
  return {
    sequence: String(leaf.index), movements: String(movements), movements_root: movementsRoot,
    documents_root: documentsRoot, records_hash: recordsHash, ...tailOf(leaf),
  };
}

export const views = { "poster-batches/1": view(alone(1n, 2n)), "poster-batches/2": view(line) };
