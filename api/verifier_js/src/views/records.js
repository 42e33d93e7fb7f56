/** Records of movements, as groups and leaves hold them (docs/formats.md, Movements). */
import { concat, toInteger } from "../bytes.js";
import { leafOf } from "../merkle.js";

const RECORD = 12;
const KINDS = [
  "receive", "reserve", "release", "ship", "arrive", "deliver", "return", "transfer", "found", "lost", "scrap", "hold", "restock", "sell",
  "send_back", "lost_in_transit", "found_in_transit", "assemble", "assemble_from", "split", "split_into", "gift", "sample",
];

/** Whole records one behind the other, at least one, of kinds up to `kinds`; null where the bytes are none. */
export function recordsOf(bytes, kinds) {
  if (bytes.length === 0 || bytes.length % RECORD !== 0) return null;
  const records = [];
  for (let at = 0; at < bytes.length; at += RECORD) {
    const kind = bytes[at];
    if (kind < 1 || kind > kinds) return null;
    records.push(bytes.subarray(at, at + RECORD));
  }
  return records;
}

/** What a record says. */
export function movementOf(record) {
  const number = (from, size) => String(toInteger(record.subarray(from, from + size)));
  return { kind: KINDS[record[0] - 1], from: number(1, 2), to: number(3, 2), quantity: number(5, 3), at: number(8, 4) };
}

/** The records of a batch with SKU and lot (null in version 1), and the leaf of each; null where they are no whole groups. */
export function batchOf(bytes, { lots, kinds }) {
  const head = lots ? 8 : 6;
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + head > bytes.length) return null;
    const end = at + head + RECORD * Number(toInteger(bytes.subarray(at + 4, at + 6)));
    const records = end > bytes.length ? null : recordsOf(bytes.subarray(at + head, end), kinds);
    if (records === null) return null;
    const [sku, lot] = [bytes.subarray(at, at + 4), bytes.subarray(at + 6, at + head)];
    for (const record of records) found.push({ sku, lot: lots ? lot : null, record, leaf: leafOf(concat(sku, lot, record)) });
    at = end;
  }
  return found;
}
