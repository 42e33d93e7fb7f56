/** The salted fields of an EPCIS event: its members, or the items of those that are lists, each by its JSON pointer. */
import { canonical } from "./json.js";
import { keccak, same, utf8 } from "./bytes.js";
import { leafOf, rootOf } from "./merkle.js";
import { requireShape } from "./refusal.js";
import * as shape from "./shape.js";

const MAX_FIELDS = 10_000, MAX_POINTER = 262_144, SALT_BYTES = 16;

/**
 * What the bundle shows of an event: `{event, fields, withheld}`, or null. `eventOf` checks the limits of an event.
 *
 * Nothing is hashed here: a bundle of 1 MiB may hold half a million fields, and none of it is proven yet.
 */
export function disclosureOf(value, where, eventOf) {
  if (value === null) return null;
  if (typeof value === "object" && Object.hasOwn(value, "fields")) return partOf(value, where, eventOf);
  shape.object(value, ["salt", "event"], where);
  const event = eventOf(value.event, `${where}.event`);
  const fields = fieldsOf(shape.bytes(value.salt, `${where}.salt`, SALT_BYTES), event);
  requireShape(fields.length > 0 && fields.length <= MAX_FIELDS, `${where}.event has ${fields.length} fields`);
  return { event, fields, withheld: [] };
}

function partOf(value, where, eventOf) {
  shape.object(value, ["fields"], where);
  const fields = shape.list(value.fields, MAX_FIELDS, `${where}.fields`).map((entry, at) => fieldOf(entry, `${where}.fields[${at}]`));
  const withheld = fields.filter((field) => !field.open).map(({ pointer }) => pointer);
  requireShape(withheld.length > 0, `${where} withholds no field`);
  return { event: eventOf(joined(fields, where), where), fields, withheld };
}

function fieldOf(entry, where) {
  const open = entry === null || typeof entry !== "object" || !Object.hasOwn(entry, "hash");
  shape.object(entry, open ? ["pointer", "value", "salt"] : ["pointer", "hash"], where);
  const { pointer } = entry;
  const length = typeof pointer === "string" ? [...pointer].length : 0;
  requireShape(length >= 1 && length <= MAX_POINTER, `${where}.pointer is no text`);
  if (!open) return { pointer, open, hash: shape.bytes(entry.hash, `${where}.hash`, 32) };
  const salt = shape.bytes(entry.salt, `${where}.salt`, SALT_BYTES);
  return { pointer, open, value: entry.value, salt };
}

/** All fields of an event, open, in the order of their pointers. */
function fieldsOf(salt, event) {
  const found = Object.entries(event).flatMap(([name, member]) => {
    const pointer = `/${escaped(name)}`;
    return Array.isArray(member) && member.length ? member.map((item, at) => [`${pointer}/${at}`, item]) : [[pointer, member]];
  });
  return found
    .map(([pointer, value]) => ({ pointer, value, eventSalt: salt, bytes: utf8(pointer) }))
    .sort((a, b) => compared(a.bytes, b.bytes));
}

/** The event of fields whose pointers ascend: without withheld members, with null for a withheld item of a list. */
function joined(fields, where) {
  const members = new Map(), lists = new Map();
  let before = null;
  for (const { pointer, open, value } of fields) {
    const bytes = utf8(pointer);
    requireShape(before === null || compared(before, bytes) < 0, `${where}: pointers do not ascend`);
    before = bytes;
    const { name, number } = partsOf(pointer, where);
    if (number === null) {
      requireShape(!open || !Array.isArray(value) || value.length === 0, `${where}: a list is one field`);
      members.set(name, { open, value });
    } else {
      if (!lists.has(name)) lists.set(name, []);
      lists.get(name).push([number, open ? value : null]);
    }
  }
  const event = Object.create(null);
  for (const [name, { open, value }] of members) if (open) event[name] = value;
  for (const [name, items] of lists) {
    const sorted = items.sort(([a], [b]) => a - b);
    requireShape(!members.has(name) && sorted.every(([number], at) => number === at), `${where}: not the items of one list`);
    event[name] = sorted.map(([, value]) => value);
  }
  return JSON.parse(canonical(event)); // as any other object out of JSON
}

function partsOf(pointer, where) {
  const parts = pointer.split("/");
  requireShape(parts[0] === "" && (parts.length === 2 || parts.length === 3), `${where}: no pointer of a field`);
  const name = parts[1].replaceAll("~1", "/").replaceAll("~0", "~");
  requireShape(escaped(name) === parts[1], `${where}: a pointer of another form`);
  if (parts.length === 2) return { name, number: null };
  requireShape(/^(?:0|[1-9][0-9]{0,5})$/.test(parts[2]), `${where}: no number of an item`);
  return { name, number: Number(parts[2]) };
}

const escaped = (name) => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** The commitment to a field: given where it is withheld, else over its salt and value. */
function commitmentOf({ pointer, value, salt, eventSalt, hash }) {
  if (hash) return hash;
  return keccak(salt ?? keccak(eventSalt, utf8(pointer)).subarray(0, SALT_BYTES), utf8(canonical(value)));
}

function compared(a, b) {
  for (let at = 0; at < a.length && at < b.length; at += 1) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/** Hashes of pointers, each once: the events of an item have the same ones. */
export class Pointers {
  #known = new Map();

  hashOf(pointer) {
    if (!this.#known.has(pointer)) this.#known.set(pointer, keccak(utf8(pointer)));
    return this.#known.get(pointer);
  }
}

/** Whether a disclosure is of the event with this hash, the Merkle root over its fields. */
export function shows({ fields }, hash, pointers) {
  return same(rootOf(fields.map((field) => leafOf(pointers.hashOf(field.pointer), commitmentOf(field)))), hash);
}
