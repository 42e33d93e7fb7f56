/** RFC 8785 (JCS): one spelling for a value, to the byte. */
import { requireShape } from "./refusal.js";

export const MAX_DEPTH = 40;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const EXPONENT = 1e21;
const QUOTE = 0x22, BACKSLASH = 0x5c, BRACKET = 0x5b, BRACE = 0x7b;

/** The value of bytes that are its RFC 8785 form; anything else is refused (step 1). */
export function parseCanonical(bytes, maxBytes) {
  requireShape(bytes.length <= maxBytes, `more than ${maxBytes} bytes`);
  const text = decode(bytes);
  requireShape(depthOf(text) <= MAX_DEPTH, `more than ${MAX_DEPTH} levels`);
  const value = parse(text);
  requireShape(canonical(value) === text, "not in RFC 8785 form");
  requireShape(numbersAreSafe(value), "a number beyond 2⁵³ − 1");
  return value;
}

/** The value of JSON that people may have formatted: white space, escapes and order of fields are free. Limits as above. */
export function parseFree(bytes, maxBytes) {
  requireShape(bytes.length <= maxBytes, `more than ${maxBytes} bytes`);
  const text = decode(bytes);
  requireShape(depthOf(text) <= MAX_DEPTH, `more than ${MAX_DEPTH} levels`);
  const value = parse(text);
  requireShape(isPlain(text), "a key stands twice, or a number has another spelling than its own");
  canonical(value); // refuses lone surrogates
  return value;
}

function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return requireShape(false, "not UTF-8");
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return requireShape(false, `no JSON: ${error.message}`);
  }
}

/** The deepest nesting of brackets outside strings: counted before anything is parsed. Strings are passed over whole. */
export function depthOf(text) {
  let depth = 0, deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (sign === QUOTE) at = closingQuote(text, at);
    else if (sign === BRACE || sign === BRACKET) deepest = Math.max(deepest, (depth += 1));
    else if (sign === BRACE + 2 || sign === BRACKET + 2) depth -= 1;
  }
  return deepest;
}

/** Where the string that begins at `at` ends; the text's end where it does not. */
function closingQuote(text, at) {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}

const BEFORE_COLON = /[\t\n\r ]*:/y;
const NUMBER = /-?[0-9][-+.0-9eE]*/y;

/** Whether no object of this well-formed JSON has a key twice, and each number is spelled as RFC 8785 has it. */
function isPlain(text) {
  const open = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === "{") open.push(new Set());
    else if (sign === "[") open.push(null);
    else if (sign === "}" || sign === "]") open.pop();
    else if (sign === '"') {
      const end = endOfString(text, at);
      if (found(BEFORE_COLON, text, end) && !added(open.at(-1), JSON.parse(text.slice(at, end)))) return false;
      at = end - 1;
    } else if (sign === "-" || (sign >= "0" && sign <= "9")) {
      const [digits] = found(NUMBER, text, at);
      if (String(Number(digits)) !== digits || !numbersAreSafe(Number(digits))) return false;
      at += digits.length - 1;
    }
  }
  return true;
}

/** Behind the closing quote of the string that begins at `at`. */
function endOfString(text, at) {
  let end = at + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

function found(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function added(keys, key) {
  const before = keys.size;
  return keys.add(key).size > before;
}

/** The RFC 8785 form of a value that came out of JSON. Refuses lone surrogates. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.keys(value).sort().map((key) => `${text(key)}:${canonical(value[key])}`);
    return `{${members.join(",")}}`;
  }
  return typeof value === "string" ? text(value) : JSON.stringify(value);
}

function text(value) {
  requireShape(value.isWellFormed(), "a lone surrogate");
  return JSON.stringify(value);
}

/**
 * Whether no number in `value` is written with more digits than programs read alike: whole numbers beyond ±(2⁵³ − 1),
 * unless they are so large (10²¹ and more) that RFC 8785 writes them with an exponent.
 */
function numbersAreSafe(value) {
  if (typeof value === "number") return !Number.isInteger(value) || Math.abs(value) <= MAX_SAFE || Math.abs(value) >= EXPONENT;
  if (Array.isArray(value)) return value.every(numbersAreSafe);
  return value === null || typeof value !== "object" || Object.values(value).every(numbersAreSafe);
}
