/** The way back: an old execution block under a newer one that was signed (docs/bundle.md, `past`). */
import { fromInteger, keccak, same, unhex } from "./bytes.js";
import { accountOf, looked, wordOf } from "./evidence.js";
import { headerFields } from "./execution.js";
import { require, requireShape } from "./refusal.js";
import * as shape from "./shape.js";

const PATH = 10;
const BATCH = 1_024n;
const WINDOW = 8_191n;
/** Both contracts are known by address and code. */
const HISTORY = {
  address: unhex("0x0000f90827f1c53a10cb7a02335b175320002935"),
  codeHash: unhex("0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d"),
  slot: (number) => fromInteger(number % WINDOW),
};
const BATCHES = {
  address: unhex("0x4c4c000000000000000000000000000000000008"),
  codeHash: unhex("0x2b14640f9ff3291e143f9ad601f5a6e2f88a17e2473753fc9e2f2e1aa3396171"),
  slot: (number) => keccak(fromInteger(number / BATCH), fromInteger(0n)),
};

/** The field `past` of a bundle of form 2; null where the signed block is the one that the answer holds at. */
export function parsePast(value) {
  if (value === null) return null;
  shape.object(value, ["execution_header", "path"], "past");
  const header = shape.bytes(value.execution_header, "past.execution_header");
  requireShape(header.length <= 4_096, "the old execution header has more than 4,096 bytes");
  if (value.path === null) return { header, path: null };
  const path = shape.list(value.path, PATH, "past.path").map((sibling, at) => shape.bytes(sibling, `past.path[${at}]`, 32));
  requireShape(path.length === PATH, `a path has ${PATH} siblings`);
  return { header, path };
}

/** The fields of the old header, once the chain of the signed block is proven to hold it. */
export function follow({ header, path }, nodes, signed) {
  const linked = (held, message) => require(held, 5, "app-hash", message);
  const old = headerFields(header);
  linked(old !== null, "the old execution header has another form");
  linked(old.number < signed.number, "the block is not older than the signed one");
  linked(path !== null || old.number + WINDOW >= signed.number, "the block has left the engine's window");
  const { address, codeHash, slot } = path === null ? HISTORY : BATCHES;
  const found = looked(() => nodes.lookUp(signed.stateRoot, keccak(address)), 7, "account-proof");
  const account = found === null ? null : accountOf(found);
  const known = account !== null && same(account.codeHash, codeHash);
  require(known, 7, "unknown-contract", "the hashes of old blocks stand in an unknown contract");
  const word = wordOf(looked(() => nodes.lookUp(account.storageRoot, keccak(slot(old.number))), 8, "storage-proof"));
  const hash = keccak(header);
  const kept = path === null ? hash : rootAbove(hash, old.number % BATCH, path);
  linked(word !== null && same(fromInteger(word), kept), "the chain holds another block");
  return old;
}

function rootAbove(hash, index, path) {
  let node = keccak(Uint8Array.of(0), hash);
  path.forEach((sibling, level) => {
    const pair = (index >> BigInt(level)) & 1n ? [sibling, node] : [node, sibling];
    node = keccak(Uint8Array.of(1), ...pair);
  });
  return node;
}
