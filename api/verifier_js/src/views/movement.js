/** `movement/1` to `/3`: one record of a batch, out of the event of its own block. */
import { fromInteger, hex, keccak, same, toInteger, utf8 } from "../bytes.js";
import { wordsOf } from "../abi.js";
import { rootOf } from "../merkle.js";
import { logOf, provenReceipt } from "../receipts.js";
import { require } from "../refusal.js";
import { alone, line, posterStream, posterTopic } from "./ledger.js";
import * as form from "./parameters.js";
import { batchOf, movementOf } from "./records.js";

const MAX32 = (1n << 32n) - 1n, MAX64 = (1n << 64n) - 1n;
const TOPIC = keccak(utf8("BatchPosted(address,uint32,uint64,uint256,bytes32,bytes32,bytes)"));
/** Where the records stand behind the four words of a log's data, and how long a length may be. */
const OFFSET = 128n, HEAD = 160;

const held = (good, message) => require(good, 8, "log-mismatch", message);

const view = (opened, packed) => ({
  sections: ["contracts", "receipt"],

  parameters(given) {
    form.fields(given, ["poster", "lane", "sequence", "index"]);
    return {
      poster: form.bytes(given.poster, "poster", 20),
      lane: form.decimal(given.lane, "lane", 0n, MAX32),
      sequence: form.decimal(given.sequence, "sequence", 0n, MAX64),
      index: form.decimal(given.index, "index", 0n, MAX32),
    };
  },

  lasting: (_asked, { known_batch: known }) => known,

  answer(evidence, { poster, lane, sequence, index }) {
    const { address, count } = opened(evidence, posterStream(poster, lane));
    if (sequence >= count) return { known_batch: false, batch: null, movement: null };
    const receipt = provenReceipt(evidence);
    held(receipt.succeeded, "the transaction did not succeed");
    const log = logOf(receipt, address, [TOPIC, posterTopic(poster), fromInteger(lane), fromInteger(sequence)]);
    held(log !== null, "the receipt has no such batch");
    const { records, batch } = readLog(log.data, packed);
    return {
      known_batch: true,
      batch: { block: String(evidence.header.number), ...batch },
      movement: index < BigInt(records.length) ? oneOf(records[Number(index)]) : null,
    };
  },
});

function readLog(data, packed) {
  const words = wordsOf(data.subarray(0, HEAD), [256, 256, 256, 256, 32]);
  held(words !== null && words[3] === OFFSET, "the log has another form");
  const length = Number(words[4]), end = HEAD + length;
  const padded = data.length === HEAD + Math.ceil(length / 32) * 32 && data.subarray(end).every((byte) => byte === 0);
  held(padded, "the log has another form");
  const records = batchOf(data.subarray(HEAD, end), packed);
  held(records !== null && BigInt(records.length) === words[0], "the log's records are not as many movements as it says");
  const root = rootOf(records.map(({ leaf }) => leaf));
  held(same(root, fromInteger(words[1])), "the log's records have another root");
  const documents = hex(fromInteger(words[2]));
  return { records, batch: { movements: String(records.length), movements_root: hex(root), documents_root: documents } };
}

function oneOf({ sku, lot, record }) {
  const { kind, ...rest } = movementOf(record);
  return { sku: String(toInteger(sku)), kind, ...(lot && { lot: String(toInteger(lot)) }), ...rest };
}

/** The log is of the version that is active, and so is the number of batches unless it is found over the versions. */
const single = (version) => (evidence, id) => {
  const ledger = alone(version)(evidence);
  return { address: ledger.address, count: ledger.stream(id).count };
};
const overVersions = (evidence, id) => {
  const ledger = line(evidence);
  return { address: ledger.address, count: ledger.count(id) };
};

export const views = {
  "movement/1": view(single(1n), { lots: false, kinds: 14 }),
  "movement/2": view(single(2n), { lots: true, kinds: 15 }),
  "movement/3": view(overVersions, { lots: true, kinds: 23 }),
};
