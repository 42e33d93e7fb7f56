/** Bytes, hex, integers and hashes. */
import { sha256 as sha256Of } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

const ENCODER = new TextEncoder();
/** A byte's two digits. */
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export const keccak = (...parts) => keccak_256(concat(...parts));
export const sha256 = (...parts) => sha256Of(concat(...parts));
export const utf8 = (text) => ENCODER.encode(text);

/** The parts, one behind the other. */
export function concat(...parts) {
  if (parts.length === 1) return parts[0];
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Whether two byte strings are the same. */
export function same(a, b) {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

/** `0x` and lower-case hex. */
export function hex(bytes) {
  let text = "0x";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

const HEX = /^0x(?:[0-9a-f]{2})*$/;
/** The bytes of `0x…`; null unless it is lower case and of even length. */
export function unhex(text) {
  if (typeof text !== "string" || !HEX.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = parseInt(text.substr(2 * at + 2, 2), 16);
  return bytes;
}

/** A big-endian number as a BigInt. */
export function toInteger(bytes) {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** `value` in `size` bytes, big-endian. */
export function fromInteger(value, size = 32) {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let at = size - 1; at >= 0; at -= 1) {
    bytes[at] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

/** `bytes` in a word of 32, filled with zeros on the left (numbers, addresses). */
export function left(bytes) {
  return concat(new Uint8Array(32 - bytes.length), bytes);
}

/** `bytes` in a word of 32, filled with zeros on the right (short fixed bytes). */
export function right(bytes) {
  return concat(bytes, new Uint8Array(32 - bytes.length));
}

/** `size` bits of `word` from bit `shift` on. */
export function bits(word, shift, size) {
  return (word >> BigInt(shift)) & ((1n << BigInt(size)) - 1n);
}
