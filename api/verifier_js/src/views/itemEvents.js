/** `item-events/1`: every event that was anchored for an item, in the order of the ledger. */
import { hex, keccak, same, utf8 } from "../bytes.js";
import { inLeaf } from "../abi.js";
import { canonical } from "../json.js";
import { tailOf } from "./entries.js";
import * as form from "./parameters.js";

const LISTS = ["epcList", "childEPCs", "inputEPCList", "outputEPCList"];
const QUANTITIES = ["quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"];

const itemEvents = {
  sections: ["contracts", "leaves", "documents"],

  parameters(given) {
    form.fields(given, ["item"], ["first", "limit"]);
    return { item: form.text(given.item, "item", 1, 2_048), page: form.page(given) };
  },

  answer(evidence, { item, page }) {
    const stream = evidence.stream(evidence.contract("Provenance"), keccak(utf8(item)));
    const leaves = evidence.leaves(stream, page);
    const documents = evidence.take("documents");
    for (const { n, payload, index } of leaves) inLeaf(n === 1n && payload.length === 64, `leaf ${index} is no event`);
    inLeaf(documents.length === leaves.length, "not a document for each event");
    return { count: String(stream.count), events: leaves.map((leaf, at) => eventIn(leaf, documents[at], item)) };
  },
};

function eventIn(leaf, document, item) {
  const [hash, corrects] = [leaf.payload.subarray(0, 32), leaf.payload.subarray(32)];
  const isAnchored = document === null || same(keccak(document.salt, utf8(canonical(document.event))), hash);
  inLeaf(isAnchored, `document ${leaf.index} is not the one that was anchored`);
  return {
    event_hash: hex(hash),
    corrects: corrects.some((byte) => byte !== 0) ? hex(corrects) : null,
    ...tailOf(leaf),
    event: document && document.event,
    names_item: document && namesOf(document.event).includes(item),
  };
}

/** What an event names, of whatever type; one that names nothing stands for itself. */
function namesOf(event) {
  const listOf = (name) => (Object.hasOwn(event, name) && Array.isArray(event[name]) ? event[name] : []);
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const classes = QUANTITIES.flatMap(listOf).filter((entry) => isObject(entry) && Object.hasOwn(entry, "epcClass"));
  const parent = Object.hasOwn(event, "parentID") ? [event.parentID] : [];
  const names = [...parent, ...LISTS.flatMap(listOf), ...classes.map(({ epcClass }) => epcClass)];
  return names.length > 0 || !Object.hasOwn(event, "eventID") ? names : [event.eventID];
}

export const views = { "item-events/1": itemEvents };
