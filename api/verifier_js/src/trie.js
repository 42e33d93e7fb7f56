/** Merkle–Patricia proofs: inclusion, and absence that ends at a proven divergence (Yellow Paper, appendix D). */
import { hex, keccak, same, unhex } from "./bytes.js";
import { decode, encodedLength, RlpError } from "./rlp.js";

export const EMPTY_ROOT = unhex("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
export class TrieError extends Error {}

/**
 * The value under `key` (bytes) in the trie of `root`, or null where the trie has none. `nodes` run from the root down and
 * are all used. Throws TrieError.
 */
export function lookUp(root, key, nodes) {
  if (same(root, EMPTY_ROOT) && nodes.length) throw new TrieError("an empty trie has no nodes");
  const own = new Listed(nodes);
  const value = walked(root, key, (hash) => own.take(hash));
  if (own.used !== nodes.length) throw new TrieError("there are more nodes than the way has");
  return value;
}

/** Nodes of many proofs, each once, in the order of their first use: a proof finds its nodes by their hashes. */
export class NodeSet {
  constructor(nodes) {
    this.listed = new Listed(nodes);
    this.known = new Map();
  }

  /** As `lookUp`; a node that no proof used before is the next of the list. */
  lookUp(root, key) {
    return walked(root, key, (hash) => this.take(hash));
  }

  /** How many nodes no proof has used. */
  get left() {
    return this.listed.nodes.length - this.listed.used;
  }

  take(hash) {
    const name = hex(hash);
    if (!this.known.has(name)) this.known.set(name, this.listed.take(hash));
    return this.known.get(name);
  }
}

/** Nodes that are used one after the other. */
class Listed {
  constructor(nodes) {
    this.nodes = nodes;
    this.used = 0;
  }

  take(hash) {
    if (this.used === this.nodes.length) throw new TrieError("a node is missing");
    const node = this.nodes[this.used];
    if (!same(keccak(node), hash)) throw new TrieError(`node ${this.used} is not the one that its parent names`);
    this.used += 1;
    return node;
  }
}

function walked(root, key, take) {
  if (same(root, EMPTY_ROOT)) return null;
  try {
    return walk(root, key, take);
  } catch (error) {
    if (error instanceof RlpError) throw new TrieError(`a node is no RLP: ${error.message}`);
    throw error;
  }
}

function walk(root, key, take) {
  const path = [...key].flatMap((byte) => [byte >> 4, byte & 15]);
  let at = 0;
  let node = decode(take(root));
  for (;;) {
    if (!Array.isArray(node)) throw new TrieError("a node is no list");
    let next;
    if (node.length === 17) {
      if (at === path.length) return valueOf(node[16]);
      next = node[path[at]];
      at += 1;
    } else if (node.length === 2) {
      const { nibbles, leaf } = partial(node[0]);
      const fits = nibbles.every((nibble, place) => path[at + place] === nibble);
      if (leaf) return fits && at + nibbles.length === path.length ? required(node[1]) : null;
      if (!nibbles.length) throw new TrieError("an extension without a path");
      if (!fits) return null;
      at += nibbles.length;
      next = node[1];
      if (!Array.isArray(next) && !next.length) throw new TrieError("an extension leads nowhere");
    } else throw new TrieError(`a node of ${node.length} items`);
    if (!Array.isArray(next) && next.length === 0) return null;
    node = child(next, take);
  }
}

/** A child by its hash, or the child itself where its encoding is shorter than one. */
function child(next, take) {
  if (!Array.isArray(next)) {
    if (next.length !== 32) throw new TrieError("a reference that is no hash");
    const node = take(next);
    if (node.length < 32) throw new TrieError("a short node does not stand inside its parent");
    return decode(node);
  }
  if (encodedLength(next) >= 32) throw new TrieError("a long node inside its parent");
  return next;
}

function valueOf(item) {
  if (Array.isArray(item)) throw new TrieError("a value that is a list");
  return item.length ? item : null;
}

function required(item) {
  const value = valueOf(item);
  if (value === null) throw new TrieError("a leaf without a value");
  return value;
}

/** The nibbles of a leaf's or extension's path (hex prefix). */
function partial(item) {
  if (Array.isArray(item) || !item.length) throw new TrieError("a path that is none");
  const flag = item[0] >> 4;
  if (flag > 3 || (!(flag & 1) && item[0] & 15)) throw new TrieError("a path with an unknown flag");
  const nibbles = flag & 1 ? [item[0] & 15] : [];
  for (const byte of item.subarray(1)) nibbles.push(byte >> 4, byte & 15);
  return { nibbles, leaf: flag >= 2 };
}
