/** The few protobuf encodings that CometBFT hashes and signs: proto3, fields in order, zero values left out. */
import { concat, utf8 } from "./bytes.js";

/** A base-128 varint of a number that is not negative. */
export function varint(value) {
  const out = [];
  let rest = BigInt(value);
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}

const NOTHING = new Uint8Array();
const tag = (field, wire) => varint((field << 3) | wire);

/** A varint field; nothing for zero. */
export const number = (field, value) => (BigInt(value) === 0n ? NOTHING : concat(tag(field, 0), varint(value)));

/** A bytes field; nothing when empty. */
export const bytesField = (field, value) => (value.length === 0 ? NOTHING : message(field, value));

/** A nested message, written even when it is empty. */
export const message = (field, value) => concat(tag(field, 2), varint(value.length), value);

/** An sfixed64 field (8 bytes, little-endian); nothing for zero. */
export function fixed(field, value) {
  if (BigInt(value) === 0n) return NOTHING;
  const out = new DataView(new ArrayBuffer(8));
  out.setBigInt64(0, BigInt(value), true);
  return concat(tag(field, 1), new Uint8Array(out.buffer));
}

/** `google.protobuf.Timestamp`. */
export const timestamp = ({ seconds, nanos }) => concat(number(1, seconds), number(2, nanos));

/** A block id; the canonical one has the same fields. */
export const blockId = ({ hash, parts }) =>
  concat(bytesField(1, hash), message(2, concat(number(1, parts.total), bytesField(2, parts.hash))));

export const text = (field, value) => bytesField(field, utf8(value));

/** A message with its length before it. */
export const delimited = (value) => concat(varint(value.length), value);
