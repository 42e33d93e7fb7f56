/** What is read of the header of an execution block. */
import { toInteger } from "./bytes.js";
import { decode, RlpError } from "./rlp.js";

const STATE_ROOT = 3, TRANSACTIONS_ROOT = 4, RECEIPTS_ROOT = 5, NUMBER = 8, TIME = 11;
const MIN_ITEMS = 15, MAX_ITEMS = 32;

/** Roots, number and time of an encoded header; null where the bytes are none. */
export function headerFields(bytes) {
  const items = itemsOf(bytes);
  if (items === null || items.length < MIN_ITEMS || items.length > MAX_ITEMS) return null;
  const [stateRoot, transactionsRoot, receiptsRoot] = [STATE_ROOT, TRANSACTIONS_ROOT, RECEIPTS_ROOT].map((at) => items[at]);
  const isRoot = (item) => !Array.isArray(item) && item.length === 32;
  const isNumber = (item) => !Array.isArray(item) && item.length <= 8 && item[0] !== 0;
  if (![stateRoot, transactionsRoot, receiptsRoot].every(isRoot) || !isNumber(items[NUMBER]) || !isNumber(items[TIME])) return null;
  return { stateRoot, transactionsRoot, receiptsRoot, number: toInteger(items[NUMBER]), time: toInteger(items[TIME]) };
}

function itemsOf(bytes) {
  try {
    const items = decode(bytes);
    return Array.isArray(items) ? items : null;
  } catch (error) {
    if (error instanceof RlpError) return null;
    throw error;
  }
}
