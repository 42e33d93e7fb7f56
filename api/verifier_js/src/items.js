/** The one form of an item's URI, under which its events are listed: what `item-events/2` is asked with. */
import { checkDigit, itemOf, ItemRefused, KEYS } from "./gs1.js";
import { wantText } from "./input.js";
import { shown } from "./plain.js";

export { ItemRefused };

const MAX_URI = 2_048;
const HOME = "id.gs1.org";
const LINK = /^https?:\/\/(?:[^/?#]*@)?([^/?#:@]*)(?::[0-9]*)?((?:\/[^?#]*)?)(?:[?#].*)?$/isu;
/** Names that earlier versions of the standard allowed in place of application identifiers. */
const NAMES = new Map(Object.entries({
  gtin: "01", itip: "8006", sscc: "00", gln: "414", party: "417", gdti: "253", gcn: "255", ginc: "401", gsin: "402", grai: "8003",
  giai: "8004", cpid: "8010", gsrnp: "8017", gsrn: "8018", cpv: "22", lot: "10", ser: "21", glnx: "254", cpsn: "8011", srin: "8019",
}));
const COMPRESSED = /^[A-Za-z0-9_-]{10,}$/;
const URN = /^[uU][rR][nN]:[eE][pP][cC]:(id|class|idpat):([a-z]+):(.*)$/s;
/** Signs that stand for themselves in an EPC URI; the rest are escaped. */
const RAW = /^[!'()*+,\-.0-9:;=A-Z_a-z%]+$/;

/**
 * EPC URIs: key; digits of company prefix and reference together (0: a text follows the prefix); whether the reference's first
 * digit stands before the prefix; digits of each part behind (0: any text); the last part's qualifier; what stands before the digits.
 */
const SCHEMES = new Map(Object.entries({
  "id:sgtin": ["01", 13, true, [0], "21"], "class:lgtin": ["01", 13, true, [0], "10"], "idpat:sgtin": ["01", 13, true],
  "id:upui": ["01", 13, true, [0], "235"], "idpat:upui": ["01", 13, true],
  "id:itip": ["8006", 13, true, [2, 2, 0], "21"], "idpat:itip": ["8006", 13, true, [2, 2]],
  "id:sscc": ["00", 17, true], "id:sgln": ["414", 12, false, [0], "254"], "id:pgln": ["417", 12],
  "id:grai": ["8003", 12, false, [0], "", "0"], "idpat:grai": ["8003", 12, false, [], "", "0"],
  "id:gdti": ["253", 12, false, [0]], "idpat:gdti": ["253", 12], "id:sgcn": ["255", 12, false, [0]], "idpat:sgcn": ["255", 12],
  "id:gsrn": ["8018", 17], "id:gsrnp": ["8017", 17], "id:gsin": ["402", 16], "id:giai": ["8004", 0], "id:ginc": ["401", 0],
  "id:cpi": ["8010", 0, false, [0], "8011"], "idpat:cpi": ["8010", 0],
}));

/** The one form of an item's URI; `uri` itself where it names no GS1 identifier. Throws ItemRefused where it breaks a rule of GS1, TypeError where it is no text. */
export function itemForm(uri) {
  const item = read(uri);
  if (item === null) return uri;
  const pairs = [[item.key, item.value], ...item.qualifiers];
  return `https://${HOME}/${pairs.map(([name, value]) => `${name}/${escaped(value)}`).join("/")}`;
}

/** Whether a URI names a GS1 identifier. Throws ItemRefused as `itemForm` does. */
export const isGs1 = (uri) => read(uri) !== null;

function read(uri) {
  wantText(uri, "an item's URI");
  if ([...uri].length > MAX_URI) return null;
  const found = readUrn(uri) ?? readLink(uri);
  return found && itemOf(found);
}

/** The identifier of a Digital Link, unchecked; null for a web address of another kind. */
function readLink(uri) {
  const found = LINK.exec(uri);
  if (!found) return null;
  const parts = found[2].split("/").slice(1);
  if (parts.at(-1) === "") parts.pop();
  for (let start = parts.length % 2; start < parts.length; start += 2) {
    const identifier = identifierOf(parts.slice(start));
    if (identifier) return identifier;
  }
  if (found[1].toLowerCase() === HOME) refuseBroken(uri, parts);
  return null;
}

const named = (name) => NAMES.get(name) ?? name;

function identifierOf(parts) {
  const names = parts.filter((_, at) => at % 2 === 0).map(named), values = parts.filter((_, at) => at % 2 === 1);
  const [key, ...others] = names;
  if (!KEYS.has(key) || !likely(key, values[0]) || !others.every((name) => KEYS.get(key).qualifiers.includes(name))) return null;
  const [value, ...rest] = values.map(unescaped);
  return { key, value, qualifiers: others.map((name, at) => [name, rest[at]]) };
}

/** What tells a key from a word of somebody's own path. */
function likely(key, written) {
  const text = written.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(run)));
  if (key === "01") return /^(?:[0-9]{8}|[0-9]{12,14})$/.test(text);
  return (KEYS.get(key).checked > 0 ? /^[0-9]{13}[^\n]*$/u : /^[0-9]{4}[^\n]+$/u).test(text);
}

const bytesOf = (escapes) => Uint8Array.from(escapes.slice(1).split("%"), (digits) => Number.parseInt(digits, 16));

function refuseBroken(uri, parts) {
  if (parts.some((part) => KEYS.has(named(part)))) {
    throw new ItemRefused(`${start(uri, 80)} is no GS1 Digital Link: a key, its value, and qualifiers of that key with their values`);
  }
  if (parts.length === 1 && COMPRESSED.test(parts[0]) && !/^[0-9]+$/.test(parts[0])) {
    throw new ItemRefused(`${start(uri, 80)} looks like a compressed Digital Link`, "gs1-compressed");
  }
}

/** The identifier of an EPC URI; null for another URI, a scheme without a GS1 key, or a partial pattern. */
function readUrn(uri) {
  const found = URN.exec(uri);
  const scheme = found && SCHEMES.get(`${found[1]}:${found[2]}`);
  if (!scheme) return null;
  let body = found[3];
  if (found[1] === "idpat") {
    if (!body.endsWith(".*") || body.slice(0, -1).includes("*")) return null;
    body = body.slice(0, -2);
  }
  const [key, digits, leading = false, sizes = [], qualifier = "", before = ""] = scheme;
  const [prefix, reference, ...parts] = components(body, 2 + sizes.length, uri);
  if (!/^[0-9]{6,12}$/.test(prefix)) throw new ItemRefused(`the company prefix of ${start(uri, 80)} has not 6 to 12 digits`, "gs1-company-prefix");
  const head = headOf({ digits, leading, before }, prefix, reference, uri);
  const texts = parts.map((part, at) => partOf(part, sizes[at], uri));
  const last = qualifier === "" ? [] : [[qualifier, texts.pop()]];
  return { key, value: head + texts.join(""), qualifiers: last };
}

/** The components of an EPC URI; dots in the last one are its own. */
function components(body, count, uri) {
  const found = body.split(".");
  if (found.length < count) throw new ItemRefused(`${start(uri, 80)} has not the ${count} components of its scheme`);
  return [...found.slice(0, count - 1), found.slice(count - 1).join(".")];
}

/** The key's digits with their check digit, or prefix and reference as a text. */
function headOf({ digits, leading, before }, prefix, reference, uri) {
  if (digits === 0) return prefix + partOf(reference, 0, uri);
  if (!/^[0-9]*$/.test(reference) || reference.length !== digits - prefix.length) {
    throw new ItemRefused(`company prefix and reference of ${start(uri, 80)} have not ${digits} digits together`, "gs1-value");
  }
  const body = leading ? reference.slice(0, 1) + prefix + reference.slice(1) : prefix + reference;
  return before + body + checkDigit(body);
}

function partOf(text, digits, uri) {
  const right = digits === 0 ? RAW.test(text) : text.length === digits && /^[0-9]+$/.test(text);
  if (!right) throw new ItemRefused(`${start(text, 40)} in ${start(uri, 80)} is none of an EPC URI`, "gs1-value");
  return unescaped(text);
}

/** `text` without percent-encoding. Throws ItemRefused where an escape is none, or no text of ASCII comes out. */
function unescaped(text) {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw new ItemRefused(`${start(text, 40)} has a % that begins no escape`, "gs1-value");
  const plain = text.replaceAll(/%[0-9A-Fa-f]{2}/g, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
  if (/[^\u0000-\u007f]/.test(plain)) throw new ItemRefused(`${start(text, 40)} has characters outside ASCII`, "gs1-value");
  return plain;
}

/** Escaped in a path: everything of the two character sets but letters, digits and these. */
const escaped = (value) => value.replaceAll(/[^0-9A-Za-z'\-.;=_]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

const start = (text, count) => shown([...text].slice(0, count).join(""));
