/** Steps 7 to 9: contracts and their storage, and the leaves of a stream, as a view asks for them. */
import { bits, concat, fromInteger, hex, keccak, left, right, same, toInteger, utf8 } from "./bytes.js";
import { ListedProofs, SharedProofs } from "./proofs.js";
import { Refusal, require, requireShape } from "./refusal.js";
import { decode } from "./rlp.js";
import * as shape from "./shape.js";
import { TrieError } from "./trie.js";

const DIRECTORY = "Directory";
const GENESIS = ["Consortium", "Governance"];
/** What is kept in the first version for good, whatever version is active. */
const KEPT_IN_THE_FIRST = ["Consortium"];
const DIRECTORY_SLOT = 1n;
const ENTRIES_SLOT = 2n;
const ACTIVE = 1n;
const MAX_LEAVES = 10_000;
const MAX_PAGES = 64;
/** Versions of each contract that the views of this verifier read, unless a view says otherwise. */
const VERSIONS = [1n];

const typeHash = (text) => keccak(utf8(text));
const STREAM_DOMAIN = typeHash("LiveLedger.Stream.v1");
const LEAF_TYPE = typeHash("LiveLedger.Leaf.v1");
const STREAMS_SLOT = (() => {
  const base = keccak(fromInteger(toInteger(typeHash("liveledger.streams")) - 1n));
  base[31] = 0;
  return base;
})();

/** The slot of `key` (a word) in the mapping at `slot` (a word). */
export const mappingSlot = (key, slot) => keccak(key, slot);

/** Parses and checks a bundle's sections against what the view names; then answers its questions, each once, in order. */
export class Evidence {
  /** @param view declares its `sections`; `form`, where it has one, checks those that only it knows; `formats` of bundles */
  constructor({ format, nodes, evidence: value }, { sections, form, formats = [1, 2] }) {
    requireShape(formats.includes(format), "the view does not come in this form of bundle");
    shape.object(value, format === 1 ? sections : sections.filter((name) => name !== "contracts"), "evidence");
    this.value = value;
    this.own = form?.(value);
    this.proofs = format === 1 ? new ListedProofs(value.contracts) : new SharedProofs(nodes);
    this.format = format;
    this.pages = sections.includes("leaves") ? parsePages(value.leaves, format) : [];
    this.proven = new Map();
  }

  /** Gives what the steps before have proven. */
  at(anchor, stateRoot, block) {
    this.anchor = anchor;
    this.stateRoot = stateRoot;
    this.block = block;
    return this;
  }

  /** The account at `address` under `name`: its storage root and code hash, or null. Code `account-proof`. */
  account(name, address, step = 7) {
    const value = looked(() => this.proofs.account(name, this.stateRoot, address), step, "account-proof");
    return value === null ? null : accountOf(value, step);
  }

  /** A contract that may be asked for slots: where Directory says; with an anchor of form 1 those of genesis where it says. */
  contract(name, versions = VERSIONS) {
    const known = this.proven.get(name);
    if (known) return known;
    const pin = this.anchor.form === 1 && GENESIS.includes(name) ? this.pinned(name) : this.listed(name);
    require(versions.includes(pin.version), 7, "unknown-contract", `${name} has version ${pin.version}`);
    return this.prove(name, pin);
  }

  /** Version `version` of `name`, in whatever state, which Directory has to list at `address`. */
  older(name, version, address) {
    const section = `${name}/${version}`;
    const known = this.proven.get(section);
    if (known) return known;
    require(this.anchor.form !== 1, 7, "unknown-contract", "an anchor of form 1 knows no older versions");
    const directory = this.proven.get(DIRECTORY) ?? this.prove(DIRECTORY, this.anchor.directory);
    const entry = entryOfVersion(directory, name, version);
    require(same(entry.address, address), 7, "unknown-contract", `Directory lists another ${section}`);
    return this.prove(section, entry);
  }

  pinned(name) {
    const pin = this.anchor.contracts.get(name);
    require(pin !== undefined, 7, "unknown-contract", `the anchor does not name ${name}`);
    return pin;
  }

  listed(name) {
    const directory = this.proven.get(DIRECTORY) ?? this.prove(DIRECTORY, this.anchor.directory);
    const entry = this.anchor.form === 1 ? entryOf(directory, name) : activeEntryOf(directory, name, this.block);
    const pin = this.anchor.contracts.get(name);
    if (pin) {
      require(entry.version >= pin.version, 7, "unknown-contract", `${name} is older than the anchor's`);
      const equal = same(entry.address, pin.address) && same(entry.codeHash, pin.codeHash);
      require(entry.version > pin.version || equal, 7, "unknown-contract", `another ${name} of the anchor's version`);
    }
    return entry;
  }

  prove(name, { address, codeHash }) {
    const account = this.account(name, address);
    require(account !== null, 7, "unknown-contract", `there is no account of ${name}`);
    require(same(account.codeHash, codeHash), 7, "unknown-contract", `${name} has another code`);
    const found = new Contract(this.proofs, name, address, account.storageRoot);
    this.proven.set(name, found);
    return found;
  }

  /** The word of a stream of `contract`: its head (24 bytes) and count. */
  stream(contract, id) {
    const word = contract.read(mappingSlot(id, STREAMS_SLOT));
    return { id, contract, head: fromInteger(word >> 64n, 24), count: word & ((1n << 64n) - 1n) };
  }

  /** The entries of a stream from `first` on, at most `limit`: proven whole and in order (step 9). */
  entries(stream, { first, limit }) {
    const incomplete = (held, message) => require(held, 9, "incomplete", message);
    const end = first + limit < stream.count ? first + limit : stream.count;
    if (stream.count === 0n || first >= stream.count) {
      incomplete(this.format !== 1 || this.pages.length === 0, "leaves of a page that has none");
      return [];
    }
    const leaves = this.pages.shift();
    incomplete(leaves !== undefined, "the page is missing");
    const { page, later } = leaves;
    let index = leaves.first, head = leaves.headBefore;
    if (index === 0n) incomplete(same(head, this.head0(stream)), "the page does not begin with the stream");
    incomplete(index <= first && page.length > 0, "the page begins behind the first entry that was asked for");
    const starts = [];
    for (const leaf of page) {
      starts.push(index);
      head = nextHead(head, leafHash(stream.id, index, leaf));
      index += leaf.n;
    }
    incomplete(starts.length < 2 || starts[1] > first, "a leaf more than was asked for at the beginning");
    incomplete(index >= end && starts.at(-1) < end, "the page does not end with the last entry that was asked for");
    incomplete(later.length > 0 || index === stream.count, "the page does not reach the stream's end");
    for (const hash of later) head = nextHead(head, hash);
    incomplete(same(head, stream.head), "the leaves do not lead to the stream's head");
    return page.map((leaf, at) => ({ ...leaf, index: starts[at] }));
  }

  head0(stream) {
    return keccak(STREAM_DOMAIN, fromInteger(this.anchor.evmChainId), left(stream.contract.address), stream.id).subarray(0, 24);
  }

  /** Nothing may be spare: every section was used, every storage proof asked for. */
  finish() {
    require(this.pages.length === 0, 8, "leaf-proof", "leaves that nobody asked for");
    this.proofs.finish();
  }
}

/** Directory as ledgers of the first genesis have it: a name's newest version alone. */
function entryOf(directory, name) {
  const slot = mappingSlot(right(utf8(name)), fromInteger(DIRECTORY_SLOT));
  const word = directory.read(slot);
  const codeHash = directory.read(next(slot));
  require(word >> 224n === 0n && bits(word, 0, 160) !== 0n, 7, "unknown-contract", `Directory lists no ${name}`);
  return { address: fromInteger(bits(word, 0, 160), 20), version: bits(word, 160, 64), codeHash: fromInteger(codeHash) };
}

/** Directory with versions side by side: the one that is active at `block`. */
function activeEntryOf(directory, name, block) {
  const known = (held, message) => require(held, 7, "unknown-contract", `${name}: ${message}`);
  const key = right(utf8(name));
  const versions = directory.read(mappingSlot(key, fromInteger(DIRECTORY_SLOT)));
  known(versions >> 192n === 0n, "the word of its versions is none");
  const [active, following, from] = [bits(versions, 0, 64), bits(versions, 64, 64), bits(versions, 128, 64)];
  const newest = following !== 0n && from <= block ? following : active;
  known(newest !== 0n, "Directory lists no active version");
  const version = KEPT_IN_THE_FIRST.includes(name) ? 1n : newest;
  const entry = entryOfVersion(directory, name, version);
  known(entry.state === ACTIVE, `version ${version} is frozen or retired`);
  return entry;
}

/** What Directory with versions side by side says of one of them. */
function entryOfVersion(directory, name, version) {
  const slot = mappingSlot(keccak(right(utf8(name)), fromInteger(version)), fromInteger(ENTRIES_SLOT));
  const word = directory.read(slot);
  const codeHash = directory.read(next(slot));
  const there = word >> 232n === 0n && word !== 0n && codeHash !== 0n;
  require(there, 7, "unknown-contract", `${name}: there is no entry of version ${version}`);
  return { address: fromInteger(bits(word, 0, 160), 20), version, state: bits(word, 224, 8), codeHash: fromInteger(codeHash) };
}

/** The storage slot behind `slot`. */
const next = (slot) => fromInteger(BigInt.asUintN(256, toInteger(slot) + 1n));

class Contract {
  constructor(proofs, name, address, storageRoot) {
    Object.assign(this, { proofs, name, address, storageRoot });
  }

  /** The word in `slot` as a BigInt; 0 where the trie has none. Proofs stand in the order of the questions. */
  read(slot) {
    return this.word(slot) ?? 0n;
  }

  /** The same, null where the trie has none. */
  word(slot) {
    return wordOf(looked(() => this.proofs.slot(this.name, this.storageRoot, slot), 8, "storage-proof"));
  }
}

/** The word that the value of a slot is, as a BigInt; null where the trie has none. */
export function wordOf(value) {
  if (value === null) return null;
  const word = number(value, 32);
  require(word !== null && word > 0n, 8, "storage-proof", "a slot that holds no canonical number");
  return word;
}

export { Contract };

/** What `find` finds in a trie; a proof that does not hold is refused with `code`. */
export function looked(find, step, code) {
  try {
    return find();
  } catch (error) {
    if (error instanceof TrieError) throw new Refusal(step, code, error.message);
    throw error;
  }
}

function decoded(bytes) {
  try {
    return decode(bytes);
  } catch {
    return null;
  }
}

/** The number that the RLP of a value is, without leading zeros, or null. */
function number(value, size) {
  const item = decoded(value);
  const good = item !== null && !Array.isArray(item) && item.length <= size && item[0] !== 0;
  return good ? toInteger(item) : null;
}

/** Storage root and code hash of an account. */
export function accountOf(value, step) {
  const fields = decoded(value);
  const good = Array.isArray(fields) && fields.length === 4 && fields.every((field) => !Array.isArray(field));
  require(good && fields[2].length === 32 && fields[3].length === 32, step, "account-proof", "an account of another form");
  require(fields[0][0] !== 0 && fields[1][0] !== 0 && fields[0].length <= 8 && fields[1].length <= 32, step, "account-proof", "an account of another form");
  return { storageRoot: fields[2], codeHash: fields[3] };
}

function leafHash(id, index, { n, block, time, poster, payload }) {
  const words = [LEAF_TYPE, id, fromInteger(index), fromInteger(n), fromInteger(block), fromInteger(time), left(poster)];
  return keccak(...words, keccak(payload));
}

const nextHead = (head, leaf) => keccak(right(head), leaf).subarray(0, 24);

/** One page or null in form 1, a list of pages in form 2. */
function parsePages(value, format) {
  if (format === 1) return value === null ? [] : [parseLeaves(value, "leaves")];
  return shape.list(value, MAX_PAGES, "leaves").map((page, at) => parseLeaves(page, `leaves[${at}]`));
}

function parseLeaves(value, where) {
  shape.object(value, ["first", "head_before", "page", "later"], where);
  return {
    first: shape.decimal(value.first, `${where}.first`),
    headBefore: shape.bytes(value.head_before, `${where}.head_before`, 24),
    page: shape.list(value.page, MAX_LEAVES, `${where}.page`).map((leaf, at) => parseLeaf(leaf, `${where}.page[${at}]`)),
    later: shape.list(value.later, MAX_LEAVES, `${where}.later`).map((hash, at) => shape.bytes(hash, `${where}.later[${at}]`, 32)),
  };
}

function parseLeaf(value, where) {
  shape.object(value, ["n", "block", "time", "poster", "payload"], where);
  return {
    n: shape.decimal(value.n, `${where}.n`),
    block: shape.decimal(value.block, `${where}.block`),
    time: shape.decimal(value.time, `${where}.time`),
    poster: shape.bytes(value.poster, `${where}.poster`, 20),
    payload: shape.bytes(value.payload, `${where}.payload`),
  };
}
