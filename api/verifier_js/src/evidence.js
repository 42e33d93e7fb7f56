/** Steps 7 to 9: contracts and their storage, and the leaves of a stream, as a view asks for them. */
import { bits, concat, fromInteger, hex, keccak, left, right, same, toInteger, utf8 } from "./bytes.js";
import { Refusal, require } from "./refusal.js";
import { decode } from "./rlp.js";
import * as shape from "./shape.js";
import { lookUp, TrieError } from "./trie.js";

const DIRECTORY = "Directory";
const GENESIS = ["Consortium", "Governance"];
const DIRECTORY_SLOT = 1n;
const MAX_CONTRACTS = 8;
const MAX_LEAVES = 10_000;
const MAX_NODES = 64;
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
  /** @param view declares its `sections`; `form`, where it has one, checks those that only it knows */
  constructor(value, { sections, form }) {
    shape.object(value, sections, "evidence");
    this.value = value;
    this.own = form?.(value);
    this.contracts = parseContracts(value.contracts);
    this.leaves = sections.includes("leaves") ? parseLeaves(value.leaves) : null;
    this.leavesUsed = false;
    this.proven = new Map();
  }

  /** Gives what the steps before have proven. */
  at(anchor, stateRoot) {
    this.anchor = anchor;
    this.stateRoot = stateRoot;
    return this;
  }

  /** The account at `address` under `name`: its storage root and code hash, or null. Code `account-proof`. */
  account(name, address, step = 7) {
    const section = this.section(name);
    const value = looked(this.stateRoot, keccak(address), section.account, step, "account-proof");
    if (value === null) return null;
    return accountOf(value, step);
  }

  section(name) {
    const found = this.contracts.get(name);
    require(found !== undefined, 7, "account-proof", `there is no evidence of ${name}`);
    return found;
  }

  /** A contract that may be asked for slots: found where the anchor, or for what Directory lists, where Directory says. */
  contract(name, versions = VERSIONS) {
    const known = this.proven.get(name);
    if (known) return known;
    const pin = GENESIS.includes(name) ? this.pinned(name) : this.listed(name);
    require(versions.includes(pin.version), 7, "unknown-contract", `${name} has version ${pin.version}`);
    return this.prove(name, pin);
  }

  pinned(name) {
    const pin = this.anchor.contracts.get(name);
    require(pin !== undefined, 7, "unknown-contract", `the anchor does not name ${name}`);
    return pin;
  }

  listed(name) {
    const directory = this.proven.get(DIRECTORY) ?? this.prove(DIRECTORY, this.anchor.directory);
    const slot = mappingSlot(right(utf8(name)), fromInteger(DIRECTORY_SLOT));
    const word = directory.read(slot);
    const codeHash = directory.read(fromInteger(toInteger(slot) + 1n));
    const entry = { address: fromInteger(bits(word, 0, 160), 20), version: bits(word, 160, 64), codeHash: fromInteger(codeHash) };
    require(word >> 224n === 0n && bits(word, 0, 160) !== 0n, 7, "unknown-contract", `Directory lists no ${name}`);
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
    const found = new Contract(this.section(name), address, account.storageRoot);
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
    this.leavesUsed = true;
    const incomplete = (held, message) => require(held, 9, "incomplete", message);
    const end = first + limit < stream.count ? first + limit : stream.count;
    if (stream.count === 0n || first >= stream.count) {
      incomplete(this.leaves === null, "leaves of a page that has none");
      return [];
    }
    incomplete(this.leaves !== null, "the page is missing");
    const { page, later } = this.leaves;
    let index = this.leaves.first, head = this.leaves.headBefore;
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
    for (const [name, section] of this.contracts) {
      require(this.proven.has(name) || name === "Account", 8, "account-proof", `${name} was not asked for`);
      require(section.next === section.storage.length, 8, "storage-proof", `${name} has storage proofs that nobody asked for`);
    }
    require(this.leaves === null || this.leavesUsed, 8, "leaf-proof", "leaves that nobody asked for");
  }
}

class Contract {
  constructor(section, address, storageRoot) {
    Object.assign(this, { section, address, storageRoot });
  }

  /** The word in `slot` as a BigInt; 0 where the trie has none. Proofs stand in the order of the questions. */
  read(slot) {
    return this.word(slot) ?? 0n;
  }

  /** The same, null where the trie has none. */
  word(slot) {
    const nodes = this.section.storage[this.section.next];
    require(nodes !== undefined, 8, "storage-proof", "a storage proof is missing");
    this.section.next += 1;
    const value = looked(this.storageRoot, keccak(slot), nodes, 8, "storage-proof");
    if (value === null) return null;
    const word = number(value, 32);
    require(word !== null && word > 0n, 8, "storage-proof", "a slot that holds no canonical number");
    return word;
  }
}

export { Contract };

function looked(root, key, nodes, step, code) {
  try {
    return lookUp(root, key, nodes);
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

function accountOf(value, step) {
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

function parseContracts(value) {
  const names = Object.keys(shape.object(value, [], "contracts", Object.keys(value ?? {})));
  shape.list(names, MAX_CONTRACTS, "contracts");
  return new Map(names.map((name) => {
    const where = `contracts.${name}`;
    shape.object(value[name], ["account", "storage"], where);
    const storage = shape.list(value[name].storage, 64, `${where}.storage`).map((nodes, at) => nodesOf(nodes, `${where}.storage[${at}]`));
    return [name, { account: nodesOf(value[name].account, `${where}.account`), storage, next: 0 }];
  }));
}

function nodesOf(value, where) {
  return shape.list(value, MAX_NODES, where).map((node, at) => shape.bytes(node, `${where}[${at}]`));
}

function parseLeaves(value) {
  if (value === null) return null;
  shape.object(value, ["first", "head_before", "page", "later"], "leaves");
  return {
    first: shape.decimal(value.first, "leaves.first"),
    headBefore: shape.bytes(value.head_before, "leaves.head_before", 24),
    page: shape.list(value.page, MAX_LEAVES, "leaves.page").map(parseLeaf),
    later: shape.list(value.later, MAX_LEAVES, "leaves.later").map((hash, at) => shape.bytes(hash, `leaves.later[${at}]`, 32)),
  };
}

function parseLeaf(value, at) {
  const where = `leaves.page[${at}]`;
  shape.object(value, ["n", "block", "time", "poster", "payload"], where);
  return {
    n: shape.decimal(value.n, `${where}.n`),
    block: shape.decimal(value.block, `${where}.block`),
    time: shape.decimal(value.time, `${where}.time`),
    poster: shape.bytes(value.poster, `${where}.poster`, 20),
    payload: shape.bytes(value.payload, `${where}.payload`),
  };
}
