/** `stream/1` and `word/1`: a list or a word of any contract that Directory lists, cut as the question says. */
import { hex, toInteger } from "../bytes.js";
import { inLeaf } from "../abi.js";
import { cut, goesOn } from "./entries.js";
import * as form from "./parameters.js";

const CONTRACT = /^[A-Za-z0-9]{1,32}$/, MAX64 = (1n << 64n) - 1n;
const COLUMN = /^([a-z][a-z0-9_]{0,31}):(number|hex|text):([1-9][0-9]?)$/, FIELD = /^([a-z][a-z0-9_]{0,31}):([1-9][0-9]{0,2})$/;
const MAX_COLUMNS = 32, MAX_BYTES = 32, MAX_BITS = 256;
/** What an entry has beside its columns. */
const OWN = ["index", "block", "time", "poster"];

const stream = {
  sections: ["contracts", "leaves"],

  parameters(given) {
    form.fields(given, ["contract", "version", "stream", "head", "entry"], ["first", "limit"]);
    const [head, entry] = [columnsOf(given.head), columnsOf(given.entry)];
    const names = [...head, ...entry].map(({ name }) => name);
    if (entry.length === 0 || names.length > MAX_COLUMNS) form.wrong(`not 1 to ${MAX_COLUMNS} columns`);
    allUnlike([...names, ...OWN]);
    return { ...contractOf(given), id: form.bytes(given.stream, "stream", 32), head, entry, page: form.page(given) };
  },

  lasting: goesOn,

  answer(evidence, { contract, version, id, head, entry, page }) {
    const found = evidence.stream(evidence.contract(contract, [version]), id);
    const leaves = evidence.leaves(found, page);
    return { count: String(found.count), entries: cut(leaves, page, found.count, (leaf) => entriesOf(leaf, head, entry)) };
  },
};

const word = {
  sections: ["contracts"],

  parameters(given) {
    form.fields(given, ["contract", "version", "slot", "fields"]);
    const fields = matching(given.fields, FIELD).map(([, name, bits]) => ({ name, bits: Number(bits) }));
    if (fields.length === 0 || sum(fields, "bits") > MAX_BITS) form.wrong(`not 1 to ${MAX_BITS} bits`);
    allUnlike(fields.map(({ name }) => name));
    return { ...contractOf(given), slot: form.bytes(given.slot, "slot", 32), fields };
  },

  answer(evidence, { contract, version, slot, fields }) {
    let rest = evidence.contract(contract, [version]).word(slot);
    if (rest === null) return { values: null };
    const values = fields.map(({ name, bits }) => {
      const value = BigInt.asUintN(bits, rest);
      rest >>= BigInt(bits);
      return [name, String(value)];
    });
    inLeaf(rest === 0n, "something stands above the last field of the word");
    return { values: Object.fromEntries(values) };
  },
};

function contractOf(given) {
  if (typeof given.contract !== "string" || !CONTRACT.test(given.contract)) form.wrong("contract is no name of a contract");
  return { contract: given.contract, version: form.decimal(given.version, "version", 0n, MAX64) };
}

/** The texts of a list, taken apart by a pattern. */
function matching(texts, pattern) {
  if (!Array.isArray(texts) || texts.length > MAX_COLUMNS) form.wrong(`no list of up to ${MAX_COLUMNS} columns`);
  const found = texts.map((text) => (typeof text === "string" ? pattern.exec(text) : null));
  if (found.includes(null)) form.wrong("a column of another form");
  return found;
}

function columnsOf(texts) {
  const found = matching(texts, COLUMN).map(([, name, kind, size]) => ({ name, kind, size: Number(size) }));
  if (found.some(({ size }) => size > MAX_BYTES)) form.wrong(`a column has up to ${MAX_BYTES} bytes`);
  return found;
}

function allUnlike(names) {
  if (new Set(names).size !== names.length) form.wrong("a name stands twice");
}

const sum = (parts, name) => parts.reduce((total, part) => total + part[name], 0);

function entriesOf({ n, payload, index }, head, entry) {
  const [shared, each] = [sum(head, "size"), sum(entry, "size")];
  inLeaf(BigInt(payload.length) === BigInt(shared) + n * BigInt(each), `leaf ${index} has another length`);
  const common = shownOf(payload, head);
  return Array.from({ length: Number(n) }, (_, at) => ({ ...common, ...shownOf(payload.subarray(shared + each * at), entry) }));
}

function shownOf(bytes, columns) {
  let start = 0;
  return Object.fromEntries(
    columns.map(({ name, kind, size }) => {
      const value = bytes.subarray(start, start + size);
      start += size;
      return [name, kind === "number" ? String(toInteger(value)) : (kind === "text" && plain(value)) || hex(value)];
    }),
  );
}

/** A text before its zeros, where it is plain ASCII that does not begin as hex does; else null, as for an empty one. */
function plain(value) {
  let end = value.length;
  while (end > 0 && value[end - 1] === 0) end -= 1;
  const text = String.fromCharCode(...value.subarray(0, end));
  return /^(?!0x)[\x20-\x7e]+$/.test(text) ? text : null;
}

export const views = { "stream/1": stream, "word/1": word };
