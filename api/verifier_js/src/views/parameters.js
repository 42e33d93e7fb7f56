/** The form of a question's parameters. What is wrong here is the asker's own mistake. */
import { unhex } from "../bytes.js";
import { InvalidQuestion } from "../refusal.js";

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;
const MAX_PAGE = 10_000n;

export function wrong(message) {
  throw new InvalidQuestion(message);
}

/** Exactly these fields, and the optional ones all or none. */
export function fields(parameters, names, optional = []) {
  const given = Object.keys(parameters);
  const wanted = optional.some((name) => given.includes(name)) ? [...names, ...optional] : names;
  if (given.length !== wanted.length || !wanted.every((name) => given.includes(name))) {
    wrong(`parameters are exactly: ${[...names, ...optional].join(", ")}`);
  }
  return parameters;
}

/** A decimal string from `least` to `most` as a BigInt. */
export function decimal(value, name, least, most) {
  const good = typeof value === "string" && value.length <= 78 && DECIMAL.test(value);
  const number = good ? BigInt(value) : -1n;
  if (number < least || number > most) wrong(`${name} is no decimal from ${least} to ${most}`);
  return number;
}

/** Bytes of `size`. */
export function bytes(value, name, size) {
  const found = unhex(value);
  if (found === null || found.length !== size) wrong(`${name} is not ${size} bytes`);
  return found;
}

/** A text of `least` to `most` characters. */
export function text(value, name, least, most) {
  if (typeof value !== "string" || !value.isWellFormed()) wrong(`${name} is no text`);
  const length = [...value].length;
  if (length < least || length > most) wrong(`${name} has ${length} characters`);
  return value;
}

/** A GLN of 13 digits as a BigInt. Its check digit is the registry's affair: a wrong one is a place that is not known. */
export function gln(value, name) {
  if (typeof value !== "string" || !/^[0-9]{13}$/.test(value)) wrong(`${name} is no GLN`);
  return BigInt(value);
}

/** The page that is asked for, of at most `most` entries; without one, all of it. */
export function page(parameters, most = MAX_PAGE) {
  if (!Object.hasOwn(parameters, "first")) return { first: 0n, limit: (1n << 64n) - 1n };
  return {
    first: decimal(parameters.first, "first", 0n, (1n << 64n) - 1n),
    limit: decimal(parameters.limit, "limit", 1n, most),
  };
}
