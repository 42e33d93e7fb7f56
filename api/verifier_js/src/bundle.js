/** The form of a bundle: bytes in, a record with parsed fields out. What its evidence says is declared by each view. */
import { parseValidators } from "./anchor.js";
import { parseCanonical } from "./json.js";
import { requireShape } from "./refusal.js";
import { parseSections } from "./sections.js";
import { parsePast } from "./past.js";
import * as shape from "./shape.js";
import { NodeSet } from "./trie.js";

export const MAX_BUNDLE_BYTES = 1_048_576;
const FORMATS = new Map([["liveledger-proof/1", 1], ["liveledger-proof/2", 2]]);
const MAX_NODES = 16_384;
const FIELDS = ["format", "question", "set_changes", "light_block", "execution_header", "evidence", "answer"];
const HASHES = [
  "last_commit_hash", "data_hash", "validators_hash", "next_validators_hash", "consensus_hash", "app_hash",
  "last_results_hash", "evidence_hash",
];

/** A bundle out of its bytes, byte for byte as the server sent them. */
export function parseBundle(bytes) {
  const read = parseCanonical(bytes, MAX_BUNDLE_BYTES);
  const format = FORMATS.get(read?.format);
  requireShape(format !== undefined, `the bundle is not of ${[...FORMATS.keys()].join(" or ")}`);
  const value = shape.object(read, format === 1 ? FIELDS : [...FIELDS, "nodes", "past"], "the bundle");
  const header = shape.bytes(value.execution_header, "execution_header");
  requireShape(header.length <= 4_096, "the execution header has more than 4,096 bytes");
  return {
    format,
    nodes: format === 1 ? null : new NodeSet(shape.list(value.nodes, MAX_NODES, "nodes").map((node, at) => shape.bytes(node, `nodes[${at}]`))),
    past: format === 1 ? null : parsePast(value.past),
    question: shape.object(value.question, ["view", "parameters"], "question"),
    setChanges: shape.list(value.set_changes, 64, "set_changes").map(setChange),
    lightBlock: parseLightBlock(value.light_block, "light_block"),
    executionHeader: header,
    sections: parseSections(value.evidence, format),
    answer: value.answer,
  };
}

function setChange(value, at) {
  const where = `set_changes[${at}]`;
  shape.object(value, ["light_block", "validators"], where);
  return {
    lightBlock: parseLightBlock(value.light_block, `${where}.light_block`),
    validators: parseValidators(value.validators, `${where}.validators`),
  };
}

/** A header with its commit. */
export function parseLightBlock(value, where) {
  shape.object(value, ["header", "commit"], where);
  return { header: header(value.header, `${where}.header`), commit: commit(value.commit, `${where}.commit`) };
}

function header(value, where) {
  shape.object(value, ["version", "chain_id", "height", "time", "last_block_id", ...HASHES, "proposer_address"], where);
  shape.object(value.version, ["block", "app"], `${where}.version`);
  const hashes = HASHES.map((name) => {
    const found = shape.bytes(value[name], `${where}.${name}`);
    requireShape(found.length === 0 || found.length === 32, `${where}.${name} is no hash`);
    return [name, found];
  });
  const height = shape.decimal(value.height, `${where}.height`, 63);
  return {
    version: {
      block: shape.decimal(value.version.block, `${where}.version.block`),
      app: shape.decimal(value.version.app, `${where}.version.app`),
    },
    chainId: shape.chainId(value.chain_id, `${where}.chain_id`),
    height,
    time: shape.time(value.time, `${where}.time`),
    lastBlockId: blockId(value.last_block_id, `${where}.last_block_id`),
    proposer: shape.bytes(value.proposer_address, `${where}.proposer_address`, 20),
    ...Object.fromEntries(hashes),
  };
}

function blockId(value, where) {
  shape.object(value, ["hash", "parts"], where);
  shape.object(value.parts, ["total", "hash"], `${where}.parts`);
  const [hash, partsHash] = [shape.bytes(value.hash, `${where}.hash`), shape.bytes(value.parts.hash, `${where}.parts.hash`)];
  requireShape([0, 32].includes(hash.length) && [0, 32].includes(partsHash.length), `${where} has a hash that is none`);
  return { hash, parts: { total: shape.integer(value.parts.total, `${where}.parts.total`, 32), hash: partsHash } };
}

function commit(value, where) {
  shape.object(value, ["height", "round", "block_id", "signatures"], where);
  return {
    height: shape.decimal(value.height, `${where}.height`, 63),
    round: shape.integer(value.round, `${where}.round`),
    blockId: blockId(value.block_id, `${where}.block_id`),
    signatures: shape.list(value.signatures, 200, `${where}.signatures`).map((entry, at) => vote(entry, `${where}.signatures[${at}]`)),
  };
}

function vote(value, where) {
  if (value === null) return null;
  shape.object(value, ["address", "time", "signature"], where);
  return {
    address: shape.bytes(value.address, `${where}.address`, 20),
    time: shape.time(value.time, `${where}.time`),
    signature: shape.bytes(value.signature, `${where}.signature`, 64),
  };
}
