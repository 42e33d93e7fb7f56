/** Checks of the form of parsed JSON: exact fields, decimals, bytes. Every failure is step 1, `shape`. */
import { unhex } from "./bytes.js";
import { requireShape } from "./refusal.js";

/** 9999-12-31T23:59:59Z. */
const LAST_SECOND = 253_402_300_799n;
const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

export { requireShape as held };

/** `value` as an object with whatever fields. */
export function record(value, where) {
  requireShape(value !== null && typeof value === "object" && !Array.isArray(value), `${where} is no object`);
  return value;
}

/** `value` as an object with exactly `fields`. */
export function object(value, fields, where) {
  record(value, where);
  for (const name of fields) requireShape(Object.hasOwn(value, name), `${where} lacks ${name}`);
  for (const name of Object.keys(value)) requireShape(fields.includes(name), `${where} has the unknown field ${name}`);
  return value;
}

/** A list of at most `most`. */
export function list(value, most, where) {
  requireShape(Array.isArray(value) && value.length <= most, `${where} is no list of at most ${most}`);
  return value;
}

/** Bytes; `size` of them unless it is left out. */
export function bytes(value, where, size) {
  const found = unhex(value);
  requireShape(found !== null && (size === undefined || found.length === size), `${where} is not ${size ?? "any"} bytes`);
  return found;
}

/** A decimal string below 2^`size` as a BigInt. */
export function decimal(value, where, size = 64) {
  const good = typeof value === "string" && value.length <= 78 && DECIMAL.test(value) && BigInt(value) < 1n << BigInt(size);
  requireShape(good, `${where} is no decimal of ${size} bits`);
  return BigInt(value);
}

/** A JSON integer from 0 to 2^`size` − 1. */
export function integer(value, where, size = 31) {
  requireShape(Number.isInteger(value) && !Object.is(value, -0) && value >= 0 && value < 2 ** size, `${where} is no integer`);
  return value;
}

/** CometBFT's name of a chain: 1 to 50 characters. */
export function chainId(value, where) {
  const length = typeof value === "string" ? [...value].length : 0;
  requireShape(length >= 1 && length <= 50, `${where} is no name of a chain`);
  return value;
}

/** A time of CometBFT. */
export function time(value, where) {
  object(value, ["seconds", "nanos"], where);
  const nanos = integer(value.nanos, `${where}.nanos`);
  requireShape(nanos < 1_000_000_000, `${where}.nanos is a second or more`);
  const seconds = decimal(value.seconds, `${where}.seconds`, 63);
  requireShape(seconds <= LAST_SECOND, `${where} is beyond the year 9999`);
  return { seconds, nanos };
}
