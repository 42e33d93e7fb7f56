/** Proofs of accounts and slots, as each form of bundle brings them. */
import { keccak } from "./bytes.js";
import { require } from "./refusal.js";
import * as shape from "./shape.js";
import { lookUp } from "./trie.js";

const MAX_CONTRACTS = 8;
const MAX_NODES = 64;

/** Form 1: each contract has a list of nodes for its account and for each slot, in the order of the questions. */
export class ListedProofs {
  constructor(value) {
    this.sections = parseContracts(value);
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

  finish() {
    require(this.nodes.left === 0, 8, "storage-proof", `${this.nodes.left} nodes that nobody asked for`);
  }
}

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
