/** Proofs of accounts and slots, as each form of bundle brings them. */
import { keccak } from "./bytes.js";
import { require } from "./refusal.js";
import { lookUp } from "./trie.js";

/** Form 1: each contract has a list of nodes for its account and for each slot, in the order of the questions. */
export class ListedProofs {
  /** @param sections of the contracts by their names, in the order of these */
  constructor(sections) {
    this.sections = sections;
    this.opened = new Set();
  }

  account(name, root, address) {
    const section = this.sections.get(name);
    require(section !== undefined, 7, "account-proof", `there is no evidence of ${name}`);
    this.opened.add(name);
    return lookUp(root, keccak(address), section.account);
  }

  slot(name, root, slot) {
    const section = this.sections.get(name);
    const nodes = section.storage[section.next];
    require(nodes !== undefined, 8, "storage-proof", "a storage proof is missing");
    section.next += 1;
    return lookUp(root, keccak(slot), nodes);
  }

  /** What stands at an index of a block's trie; `place` brings its nodes. */
  indexed(root, key, place) {
    return lookUp(root, key, place.nodes);
  }

  finish() {
    for (const [name, section] of this.sections) {
      require(this.opened.has(name), 8, "account-proof", `${name} was not asked for`);
      require(section.next === section.storage.length, 8, "storage-proof", `${name} has storage proofs that nobody asked for`);
    }
  }
}

/** Form 2: all nodes stand in one list, each once. */
export class SharedProofs {
  constructor(nodes) {
    this.nodes = nodes;
  }

  account(_name, root, address) {
    return this.nodes.lookUp(root, keccak(address));
  }

  slot(_name, root, slot) {
    return this.nodes.lookUp(root, keccak(slot));
  }

  indexed(root, key) {
    return this.nodes.lookUp(root, key);
  }

  finish() {
    require(this.nodes.left === 0, 8, "storage-proof", `${this.nodes.left} nodes that nobody asked for`);
  }
}
