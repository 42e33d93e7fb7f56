/** Step 4: a header is the one that more than two thirds of a set's power signed. */
import { concat, hex, same, sha256, utf8 } from "./bytes.js";
import { counts } from "./ed25519.js";
import * as proto from "./protobuf.js";
import { require, Refusal } from "./refusal.js";

const PRECOMMIT = 2;

/** The root of a tree of CometBFT: SHA-256, leaves 00, inner nodes 01, split at the largest power of two below n. */
export function treeRoot(leaves) {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]);
  const half = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return sha256(Uint8Array.of(1), treeRoot(leaves.slice(0, half)), treeRoot(leaves.slice(half)));
}

/** Hash of a header: the tree over its 14 fields. */
export function headerHash(header) {
  const wrapped = (bytes) => proto.bytesField(1, bytes);
  return treeRoot([
    concat(proto.number(1, header.version.block), proto.number(2, header.version.app)),
    proto.text(1, header.chainId),
    proto.number(1, header.height),
    proto.timestamp(header.time),
    proto.blockId(header.lastBlockId),
    wrapped(header.last_commit_hash),
    wrapped(header.data_hash),
    wrapped(header.validators_hash),
    wrapped(header.next_validators_hash),
    wrapped(header.consensus_hash),
    wrapped(header.app_hash),
    wrapped(header.last_results_hash),
    wrapped(header.evidence_hash),
    wrapped(header.proposer),
  ]);
}

/** Hash of a set of validators. */
export function setHash(validators) {
  return treeRoot(validators.map(({ key, power }) =>
    concat(proto.message(1, proto.bytesField(1, key)), proto.number(2, power))));
}

/** A validator's address: the first 20 bytes of SHA-256 of its key. */
export const addressOf = (key) => sha256(key).subarray(0, 20);

/**
 * Checks that `validators` signed the header; `follows` is the hash that the header's predecessor must have, or null.
 * Returns the signed power. `step` is 3 for a change of the set and 4 for the header that is asked about.
 */
export function checkCommit({ header, commit }, validators, follows, step) {
  const held = (good, code, message) => require(good, step, code, message);
  held(same(header.validators_hash, setHash(validators)), "validators-hash", "the header names another set of validators");
  held(commit.height === header.height, "header-hash", "the commit is of another height");
  const { blockId } = commit;
  held(same(blockId.hash, headerHash(header)), "block-id", "the commit is of another header");
  held(blockId.parts.total > 0 && blockId.parts.hash.length === 32, "block-id", "the commit's block id is not complete");
  held(commit.signatures.length === validators.length, "bad-signature", "not an entry for each validator");
  const total = validators.reduce((sum, { power }) => sum + power, 0n);
  const signed = validators.reduce((sum, validator, at) => sum + powerOf(validator, commit, at, header.chainId, step), 0n);
  held(signed * 3n > total * 2n, "power", `${signed} of ${total} signed: not more than two thirds`);
  held(follows === null || same(header.lastBlockId.hash, follows), "header-hash", "the header does not follow on the anchor's");
  return { signed, total };
}

function powerOf({ key, power }, commit, at, chainId, step) {
  const vote = commit.signatures[at];
  if (vote === null) return 0n;
  if (!same(vote.address, addressOf(key))) {
    throw new Refusal(step, "address-mismatch", `signature ${at} is under ${hex(vote.address)}, not the validator's address`);
  }
  if (!counts(key, signedBytes(commit, vote.time, chainId), vote.signature)) {
    throw new Refusal(step, "bad-signature", `signature ${at} is not good`);
  }
  return power;
}

/** What a validator signs: the length-prefixed canonical vote. */
export function signedBytes(commit, time, chainId) {
  return proto.delimited(concat(
    proto.number(1, PRECOMMIT),
    proto.fixed(2, commit.height),
    proto.fixed(3, commit.round),
    proto.message(4, proto.blockId(commit.blockId)),
    proto.message(5, proto.timestamp(time)),
    proto.bytesField(6, utf8(chainId)),
  ));
}
