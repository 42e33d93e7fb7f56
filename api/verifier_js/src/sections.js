/**
 * The sections of `evidence`, parsed (step 1). Which of them a bundle has is compared with what the view names in step 2.
 * A section that the view has no use for is null or empty: `spare` names those that are not.
 */
import { disclosureOf } from "./fields.js";
import { eventOf } from "./event.js";
import { require } from "./refusal.js";
import * as shape from "./shape.js";

const MAX_SHOWN = 10_000, MAX_LEAVES = 10_000, MAX_PAGES = 64, MAX_NODES = 64, MAX_CONTRACTS = 8, MAX_STORAGE = 64, MAX_PATH = 40;
const SIGNED = /^(?:0|-?[1-9][0-9]*)$/;
const INT32 = 1n << 31n;

const BOTH = {
  documents: (value, where) => many(value, where, documentOf),
  inputs: (value, where) => many(value, where, (pages, at) => many(pages, at, shape.bytes)),
  leaves: (value, where, format) => parsePages(value, where, format),
  payloads: (value, where) => many(value, where, shape.bytes),
  reading: (value, where) => (value === null ? null : readingOf(value, where)),
  receipt: (value, where, format) => indexed(value, where, format),
  transaction: (value, where, format) => indexed(value, where, format),
};
/** The sections that there are in each form of bundle. */
const PARSERS = {
  1: { ...BOTH, contracts: (value, where) => parseContracts(value, where) },
  2: { ...BOTH, disclosures: (value, where) => many(value, where, (entry, at) => disclosureOf(entry, at, eventOf)) },
};
const CODES = { receipt: "receipt-proof", transaction: "transaction-proof" };

/** The sections of a bundle's evidence. */
export function parseSections(value, format) {
  const parsers = PARSERS[format];
  return new Map(Object.keys(shape.record(value, "evidence")).map((name) => {
    shape.held(Object.hasOwn(parsers, name), `there is no section ${name}`);
    return [name, parsers[name](value[name], name, format)];
  }));
}

/** Refuses what `sections` still have when the view has taken what it needed; in alphabetical order of their names. */
export function requireNothingSpare(sections) {
  for (const name of [...sections.keys()].sort()) {
    if (name === "contracts") continue;
    const left = sections.get(name);
    require(left === null || left.length === 0, 8, CODES[name] ?? "leaf-proof", `nobody asked for ${name}`);
  }
}

function many(value, where, parse) {
  return shape.list(value, MAX_SHOWN, where).map((entry, at) => parse(entry, `${where}[${at}]`));
}

function parseContracts(value, where) {
  const names = Object.keys(shape.record(value, where)).sort();
  shape.list(names, MAX_CONTRACTS, where);
  return new Map(names.map((name) => {
    const at = `${where}.${name}`;
    shape.object(value[name], ["account", "storage"], at);
    const storage = shape.list(value[name].storage, MAX_STORAGE, `${at}.storage`);
    const proofs = storage.map((nodes, place) => nodesOf(nodes, `${at}.storage[${place}]`));
    return [name, { account: nodesOf(value[name].account, `${at}.account`), storage: proofs, next: 0 }];
  }));
}

function nodesOf(value, where) {
  return shape.list(value, MAX_NODES, where).map((node, at) => shape.bytes(node, `${where}[${at}]`));
}

/** A document as the bundle gives it: salt and event, or null where it is not given. */
function documentOf(entry, where) {
  if (entry === null) return null;
  shape.object(entry, ["salt", "event"], where);
  return { salt: shape.bytes(entry.salt, `${where}.salt`, 16), event: eventOf(entry.event, `${where}.event`) };
}

/** One page or null in form 1, a list of pages in form 2: a list of pages. */
function parsePages(value, where, format) {
  if (format === 1) return value === null ? [] : [parsePage(value, where)];
  return shape.list(value, MAX_PAGES, where).map((page, at) => parsePage(page, `${where}[${at}]`));
}

function parsePage(value, where) {
  shape.object(value, ["first", "head_before", "page", "later"], where);
  return {
    first: shape.decimal(value.first, `${where}.first`),
    headBefore: shape.bytes(value.head_before, `${where}.head_before`, 24),
    page: shape.list(value.page, MAX_LEAVES, `${where}.page`).map((leaf, at) => leafOf(leaf, `${where}.page[${at}]`)),
    later: shape.list(value.later, MAX_LEAVES, `${where}.later`).map((hash, at) => shape.bytes(hash, `${where}.later[${at}]`, 32)),
  };
}

function leafOf(value, where) {
  shape.object(value, ["n", "block", "time", "poster", "payload"], where);
  return {
    n: shape.decimal(value.n, `${where}.n`),
    block: shape.decimal(value.block, `${where}.block`),
    time: shape.decimal(value.time, `${where}.time`),
    poster: shape.bytes(value.poster, `${where}.poster`, 20),
    payload: shape.bytes(value.payload, `${where}.payload`),
  };
}

function readingOf(value, where) {
  shape.object(value, ["index", "value", "path"], where);
  const good = typeof value.value === "string" && value.value.length <= 11 && SIGNED.test(value.value);
  const number = good ? BigInt(value.value) : INT32;
  shape.held(number >= -INT32 && number < INT32, `${where}.value is no number of 32 bits`);
  const path = shape.list(value.path, MAX_PATH, `${where}.path`).map((hash, at) => shape.bytes(hash, `${where}.path[${at}]`, 32));
  return { index: shape.integer(value.index, `${where}.index`, 32), value: number, path };
}

/** Where a receipt or a transaction stands: its index, and in form 1 the nodes that lead there. */
function indexed(value, where, format) {
  if (value === null) return null;
  if (format !== 1) return { index: shape.integer(value, where, 16) };
  shape.object(value, ["index", "nodes"], where);
  return { index: shape.integer(value.index, `${where}.index`, 16), nodes: nodesOf(value.nodes, `${where}.nodes`) };
}
