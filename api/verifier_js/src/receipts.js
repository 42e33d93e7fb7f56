/** Transactions and receipts of a block (step 8), by their index in its tries. */
import { hex, keccak, same } from "./bytes.js";
import { decoded, looked } from "./evidence.js";
import { require } from "./refusal.js";

const BLOOM_BYTES = 256, GAS_BYTES = 8, ADDRESS_BYTES = 20, TOPIC_BYTES = 32, FIRST_LIST = 0x80;

/** The transaction with this hash: its bytes and index. */
export function provenTransaction(evidence, hash) {
  const place = evidence.take("transaction");
  const held = (good, message) => require(good, 8, "transaction-proof", message);
  held(place !== null, "there is no proof of the transaction");
  const value = found(evidence, evidence.header.transactionsRoot, place, "transaction-proof");
  held(value !== null, "the block has no transaction at this index");
  require(same(keccak(value), hash), 8, "wrong-question", "it is another transaction");
  return { value, index: place.index };
}

/** The receipt that the bundle brings, `{succeeded, logs}`; of `index`, unless that is left out. */
export function provenReceipt(evidence, index = null) {
  const place = evidence.take("receipt");
  const held = (good, message) => require(good, 8, "receipt-proof", message);
  held(place !== null, "there is no receipt");
  held(index === null || place.index === index, "the receipt is of another transaction");
  const value = found(evidence, evidence.header.receiptsRoot, place, "receipt-proof");
  const receipt = value === null ? null : receiptOf(value);
  held(receipt !== null, "the receipt has another form, or is not there");
  return receipt;
}

/** The first log of `address` with exactly these topics, null where there is none. */
export function logOf({ logs }, address, topics) {
  const wanted = topics.map(hex).join();
  return logs.find((log) => same(log.address, address) && log.topics.map(hex).join() === wanted) ?? null;
}

function found(evidence, root, place, code) {
  return looked(() => evidence.proofs.indexed(root, keyOf(place.index), place), 8, code);
}

/** The RLP of an index below 2¹⁶. */
function keyOf(index) {
  if (index === 0) return Uint8Array.of(0x80);
  if (index < 0x80) return Uint8Array.of(index);
  return index < 0x100 ? Uint8Array.of(0x81, index) : Uint8Array.of(0x82, index >> 8, index & 0xff);
}

function receiptOf(value) {
  const fields = decoded(value[0] < FIRST_LIST ? value.subarray(1) : value);
  if (!Array.isArray(fields) || fields.length !== 4) return null;
  const [status, gas, bloom, given] = fields;
  if (!isNumber(status, 1) || status[0] > 1 || !isNumber(gas, GAS_BYTES) || !isBytes(bloom, BLOOM_BYTES) || !Array.isArray(given)) return null;
  const logs = given.map(parsedLog);
  return logs.includes(null) ? null : { succeeded: status.length === 1, logs };
}

function parsedLog(item) {
  if (!Array.isArray(item) || item.length !== 3) return null;
  const [address, topics, data] = item;
  const good = isBytes(address, ADDRESS_BYTES) && Array.isArray(topics) && topics.every((topic) => isBytes(topic, TOPIC_BYTES)) && !Array.isArray(data);
  return good ? { address, topics, data } : null;
}

const isBytes = (item, size) => !Array.isArray(item) && item.length === size;
const isNumber = (item, most) => !Array.isArray(item) && item.length <= most && item[0] !== 0;
