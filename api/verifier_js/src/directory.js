/** What Directory says of a contract, in both of its layouts (docs/formats.md, Directory). */
import { bits, concat, fromInteger, keccak, right, toInteger, utf8 } from "./bytes.js";
import { require } from "./refusal.js";

const NAMES = fromInteger(1n), ENTRIES = fromInteger(2n);
const ACTIVE = 1n;
/** What is asked of the first version for good, whatever version is active. */
const KEPT_IN_THE_FIRST = ["Consortium"];

/** The slot of `key` (a word) in the mapping at `slot` (a word). */
export const mappingSlot = (key, slot) => keccak(key, slot);

/** The storage slot that stands `by` behind `slot`. */
export const behind = (slot, by = 1n) => fromInteger(BigInt.asUintN(256, toInteger(slot) + by));

const known = (held, message) => require(held, 7, "unknown-contract", message);

/** Layout 1: a name has its newest version alone. */
export function newestEntry(directory, name) {
  const slot = mappingSlot(right(utf8(name)), NAMES);
  const [word, codeHash] = [directory.word(slot), directory.word(behind(slot))];
  known(word !== null && codeHash !== null && word >> 224n === 0n, `Directory lists no ${name}`);
  return { address: fromInteger(bits(word, 0, 160), 20), version: bits(word, 160, 64), codeHash: fromInteger(codeHash) };
}

/** Layout 2: the versions of a name after `block`: the active one, the next one and its block; 0 where there is none. */
export function versionsOf(directory, name, block) {
  const word = directory.read(mappingSlot(right(utf8(name)), NAMES));
  known(word >> 192n === 0n, `the word of the versions of ${name} is none`);
  const [active, next, from] = [bits(word, 0, 64), bits(word, 64, 64), bits(word, 128, 64)];
  return next !== 0n && from <= block ? { active: next, next: 0n, from: 0n } : { active, next, from: next === 0n ? 0n : from };
}

/** Layout 2: the entry of one version, null where there is none of its words. */
export function entryOf(directory, name, version) {
  const slot = mappingSlot(keccak(concat(right(utf8(name)), fromInteger(version))), ENTRIES);
  const [word, codeHash] = [directory.word(slot), directory.word(behind(slot))];
  if (word === null && codeHash === null) return null;
  known(word !== null && codeHash !== null && word >> 232n === 0n, `the entry of ${name} ${version} is none`);
  return {
    address: fromInteger(bits(word, 0, 160), 20), version, from: bits(word, 160, 64), state: bits(word, 224, 8), codeHash: fromInteger(codeHash),
  };
}

/** Layout 2: the entry of a version that has to be there. */
export function listedEntry(directory, name, version) {
  const entry = entryOf(directory, name, version);
  known(entry !== null, `Directory has no ${name} ${version}`);
  return entry;
}

/** Layout 2: the entry of the version that answers after `block`: the active one, or the one that is kept. */
export function activeEntry(directory, name, block) {
  const { active } = versionsOf(directory, name, block);
  known(active !== 0n, `Directory lists no active ${name}`);
  const entry = listedEntry(directory, name, KEPT_IN_THE_FIRST.includes(name) ? 1n : active);
  known(entry.state === ACTIVE, `${name} ${entry.version} is frozen or retired`);
  return entry;
}
