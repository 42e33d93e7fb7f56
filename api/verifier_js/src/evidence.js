/** Steps 7 to 9: contracts and their storage, and the leaves of a stream, as a view asks for them. */
import { same, toInteger } from "./bytes.js";
import { activeEntry, listedEntry, newestEntry } from "./directory.js";
import { ListedProofs, SharedProofs } from "./proofs.js";
import { Refusal, require, requireShape } from "./refusal.js";
import { decode } from "./rlp.js";
import { requireNothingSpare } from "./sections.js";
import { endOf, provenLeaves, streamOf, streamSlot } from "./streams.js";
import { TrieError } from "./trie.js";

const DIRECTORY = "Directory";
const GENESIS = ["Consortium", "Governance"];
/** Versions of each contract that the views read, unless a view says otherwise. */
const VERSIONS = [1n];

const known = (held, message) => require(held, 7, "unknown-contract", message);

/** The sections of a bundle, which a view takes from: its questions are answered each once, in order. */
export class Evidence {
  constructor({ format, nodes, sections }) {
    Object.assign(this, { format, sections });
    this.proofs = format === 1 ? new ListedProofs(sections.get("contracts") ?? new Map()) : new SharedProofs(nodes);
    this.opened = new Map();
  }

  /** Step 2: the sections are those that the view names. */
  isOf({ sections: named }) {
    const wanted = this.format === 1 ? named : named.filter((name) => name !== "contracts");
    const good = wanted.length === this.sections.size && wanted.every((name) => this.sections.has(name));
    requireShape(good, `evidence has other sections than ${wanted.join(", ")}`);
    return this;
  }

  /** Gives what the steps before have proven: the anchor, and the header of the block that the answer holds at. */
  at(anchor, header) {
    return Object.assign(this, { anchor, header });
  }

  /** A section, which is then used. */
  take(name) {
    const found = this.sections.get(name);
    this.sections.delete(name);
    return found;
  }

  /** The account at `address` under `name`: its storage root and code hash, or null. */
  account(name, address) {
    const value = looked(() => this.proofs.account(name, this.header.stateRoot, address), 7, "account-proof");
    return value === null ? null : accountOf(value);
  }

  /** A contract that may be asked for slots: where Directory says; with an anchor of form 1 those of genesis where it says. */
  contract(name, versions = VERSIONS) {
    if (name === DIRECTORY) return this.directory(versions);
    const found = this.opened.get(name);
    if (found) return found;
    const entry = this.anchor.form === 1 && GENESIS.includes(name) ? this.pinned(name) : this.listed(name);
    known(versions.includes(entry.version), `${name} has version ${entry.version}`);
    return this.open(name, entry);
  }

  /** Directory itself, whose version is the anchor's form. */
  directory(versions) {
    known(versions.includes(BigInt(this.anchor.form)), `Directory has version ${this.anchor.form}`);
    return this.asked();
  }

  /** Version `version` of `name`, in whatever state, which Directory has to list at `address`. */
  older(name, version, address) {
    const section = `${name}/${version}`;
    known(this.anchor.form !== 1, "an anchor of form 1 knows no older versions");
    const entry = listedEntry(this.asked(), name, version);
    known(same(entry.address, address), `Directory lists another ${section}`);
    return this.open(section, entry);
  }

  asked() {
    return this.opened.get(DIRECTORY) ?? this.open(DIRECTORY, this.anchor.directory);
  }

  pinned(name) {
    const pin = this.anchor.contracts.get(name);
    known(pin !== undefined, `the anchor does not name ${name}`);
    return pin;
  }

  listed(name) {
    const directory = this.asked();
    if (this.anchor.form !== 1) return activeEntry(directory, name, this.header.number);
    const entry = newestEntry(directory, name);
    const pin = this.anchor.contracts.get(name);
    if (pin === undefined) return entry;
    known(entry.version >= pin.version, `${name} is older than the anchor's`);
    const equal = same(entry.address, pin.address) && same(entry.codeHash, pin.codeHash);
    known(entry.version > pin.version || equal, `another ${name} of the anchor's version`);
    return entry;
  }

  open(name, { address, codeHash }) {
    const account = this.account(name, address);
    known(account !== null && same(account.codeHash, codeHash), `${name} is not there, or has another code`);
    const found = new Contract(this.proofs, name, address, account.storageRoot);
    this.opened.set(name, found);
    return found;
  }

  /** A stream of `contract`, which began there or in another of `origins`. */
  stream(contract, id, origins = [contract]) {
    return streamOf(id, contract.read(streamSlot(id)), origins);
  }

  /** The leaves of a page of a stream, proven whole and in order (step 9). */
  leaves(stream, page) {
    const pages = this.sections.get("leaves");
    if (endOf(page, stream.count) <= page.first) {
      require(this.format !== 1 || pages.length === 0, 9, "incomplete", "leaves of a page that has none");
      return [];
    }
    return provenLeaves(pages.shift(), stream, page, this.anchor.evmChainId);
  }

  /** Nothing may be spare: every section was used, every storage proof asked for. */
  finish() {
    requireNothingSpare(this.sections);
    this.proofs.finish();
  }
}

/** A proven account, whose slots are read one after the other. */
export class Contract {
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
  const item = decoded(value);
  const good = item !== null && !Array.isArray(item) && item.length > 0 && item.length <= 32 && item[0] !== 0;
  require(good, 8, "storage-proof", "a slot that holds no canonical number");
  return toInteger(item);
}

/** What `find` finds in a trie; a proof that does not hold is refused with `code`. */
export function looked(find, step, code) {
  try {
    return find();
  } catch (error) {
    if (error instanceof TrieError) throw new Refusal(step, code, error.message);
    throw error;
  }
}

/** The item that bytes are the RLP of, or null. */
export function decoded(bytes) {
  try {
    return decode(bytes);
  } catch {
    return null;
  }
}

/** Storage root and code hash of an account. */
export function accountOf(value) {
  const fields = decoded(value);
  const isAccount = Array.isArray(fields) && fields.length === 4 && !fields.some(Array.isArray);
  const [nonce, balance, storageRoot, codeHash] = isAccount ? fields : [];
  const good = isAccount && storageRoot.length === 32 && codeHash.length === 32
    && nonce[0] !== 0 && nonce.length <= 8 && balance[0] !== 0 && balance.length <= 32;
  require(good, 7, "account-proof", "an account of another form");
  return { storageRoot, codeHash };
}
