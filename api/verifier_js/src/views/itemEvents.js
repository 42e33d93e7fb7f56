/** `item-events/1`: every event that was anchored for an item, in the order of the ledger. */
import { hex, keccak, same, utf8 } from "../bytes.js";
import { canonical, depthOf } from "../json.js";
import { require, requireShape } from "../refusal.js";
import * as shape from "../shape.js";
import * as form from "./parameters.js";

const MAX_DOCUMENTS = 10_000, MAX_DEPTH = 32, MAX_BYTES = 262_144;
const LISTS = ["epcList", "childEPCs", "inputEPCList", "outputEPCList"];
const QUANTITIES = ["quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"];

export const itemEvents = {
  sections: ["contracts", "leaves", "documents"],

  form: ({ documents }) => shape.list(documents, MAX_DOCUMENTS, "documents").map(documentOf),

  parameters(given) {
    form.fields(given, ["item"], ["first", "limit"]);
    return { item: form.text(given.item, "item", 1, 2_048), page: form.page(given) };
  },

  answer(evidence, { item, page }) {
    const provenance = evidence.contract("Provenance");
    const stream = evidence.stream(provenance, keccak(utf8(item)));
    const leaves = evidence.entries(stream, page);
    const documents = evidence.own;
    require(documents.length === leaves.length, 8, "leaf-proof", "not a document for each event");
    return { count: String(stream.count), events: leaves.map((leaf, at) => event(leaf, documents[at], item)) };
  },
};

function event(leaf, document, item) {
  const held = (good, message) => require(good, 8, "leaf-proof", message);
  held(leaf.n === 1n && leaf.payload.length === 64, "a leaf that is no event");
  const [hash, corrects] = [leaf.payload.subarray(0, 32), leaf.payload.subarray(32)];
  if (document) held(same(keccak(document.salt, utf8(canonical(document.event))), hash), "the document is not the one that was anchored");
  return {
    event_hash: hex(hash),
    corrects: corrects.every((byte) => byte === 0) ? null : hex(corrects),
    block: String(leaf.block),
    time: String(leaf.time),
    poster: hex(leaf.poster),
    event: document ? document.event : null,
    names_item: document ? names(document.event, item) : null,
  };
}

/** The documents as the bundle gives them, null for one that is not given (step 1). */
function documentOf(entry, at) {
  if (entry === null) return null;
  const where = `documents[${at}]`;
  shape.object(entry, ["salt", "event"], where);
  const event = eventOf(entry.event, `${where}.event`);
  return { salt: shape.bytes(entry.salt, `${where}.salt`, 16), event };
}

/** An event within the limits of what a bundle holds (step 1). */
export function eventOf(value, where) {
  shape.object(value, [], where, Object.keys(value ?? {}));
  const text = canonical(value);
  requireShape(depthOf(text) <= MAX_DEPTH, `${where} has more than ${MAX_DEPTH} levels`);
  requireShape(utf8(text).length <= MAX_BYTES, `${where} has more than ${MAX_BYTES} bytes`);
  return value;
}

function names(event, item) {
  const items = new Set();
  const add = (value) => typeof value === "string" && items.add(value);
  for (const name of LISTS) if (Array.isArray(event[name])) event[name].forEach(add);
  add(event.parentID);
  for (const name of QUANTITIES) if (Array.isArray(event[name])) event[name].forEach((entry) => add(entry?.epcClass));
  if (!items.size) add(event.eventID);
  return items.has(item);
}
