/** The anchor chain of docs/trust-chain.md: from the code of a genesis to an anchor that is valid today. */
import { fingerprintOf, parseValidators, readAnchor, VALIDITY_SECONDS } from "./anchor.js";
import { hex, same } from "./bytes.js";
import { parseLightBlock } from "./bundle.js";
import { checkCommit, headerHash, setHash } from "./commit.js";
import { wantBytes, wantNames, wantText, wantWhole } from "./input.js";
import { parseFree } from "./json.js";
import { InvalidQuestion, require, requireShape } from "./refusal.js";
import * as shape from "./shape.js";

const FORMAT = "liveledger-trust-chain/1";
const MAX_CHAIN_BYTES = 16_777_216;
const MAX_UPDATES = 4_096;
const CODE = /^(?:[A-Z2-7]{20,32}|0x(?:[0-9a-f]{2}){12,20})$/;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** The set that a header announces for the next height. */
const NEXT = "next_validators_hash";

/**
 * Checks a chain. `chain` are its bytes, `genesis` the code of the genesis (96 bits of its fingerprint or more), `now`
 * Unix seconds. Returns the verdict; throws Refusal, InvalidQuestion where the code is none, or TypeError for an input of
 * another kind or name.
 */
export function checkChain(input) {
  wantNames(input, ["chain", "genesis", "now"]);
  const { chain, genesis, now } = input;
  wantBytes(chain, "`chain`");
  wantText(genesis, "`genesis`");
  wantWhole(now, "`now`");
  if (!CODE.test(genesis)) throw new InvalidQuestion(`${genesis.slice(0, 80)} does not hold 96 bits of a fingerprint`);
  const { beginning, updates } = parseChain(chain);
  require(fits(genesis, beginning.fingerprint), 2, "wrong-chain", "the chain has another genesis");
  const own = updates.every(({ lightBlock }) => lightBlock.header.chainId === beginning.chainId);
  require(own, 2, "wrong-chain", "an update is of another chain");
  const anchors = [beginning];
  for (const update of updates) anchors.push(following(anchors.at(-1), update));
  const newest = anchors.at(-1);
  return {
    chain_id: beginning.chainId,
    genesis: beginning.fingerprint,
    updates: updates.length,
    set_changes: anchors.slice(1).filter(({ changes }) => changes).map(({ height }) => String(height)),
    expired: anchors.filter(({ validUntil }) => BigInt(now) > validUntil.seconds).map(({ height }) => String(height)),
    newest: { fingerprint: fingerprintOf(newest.value), height: String(newest.height) },
    anchor: newest.value,
  };
}

function parseChain(bytes) {
  const value = parseFree(bytes, MAX_CHAIN_BYTES);
  shape.object(value, ["format", "genesis", "updates"], "the chain");
  requireShape(value.format === FORMAT, `the chain is not of ${FORMAT}`);
  const beginning = { ...readAnchor(value.genesis), value: value.genesis };
  requireShape(beginning.height === 0n, "the chain does not begin at genesis");
  const updates = shape.list(value.updates, MAX_UPDATES, "updates").map((entry, at) => {
    shape.object(entry, ["light_block", "validators"], `updates[${at}]`);
    const validators = entry.validators === null ? null : parseValidators(entry.validators, `updates[${at}].validators`);
    return { lightBlock: parseLightBlock(entry.light_block, `updates[${at}]`), validators, given: entry.validators };
  });
  return { beginning, updates };
}

/** Whether a fingerprint begins as the code says. */
function fits(code, fingerprint) {
  return code.startsWith("0x") ? hex(bytesOf(fingerprint)).startsWith(code) : fingerprint.startsWith(code);
}

function bytesOf(base32) {
  let bits = 0n;
  for (const letter of base32) bits = (bits << 5n) | BigInt(BASE32.indexOf(letter));
  return Uint8Array.from({ length: 20 }, (_, at) => Number((bits >> BigInt(8 * (19 - at))) & 255n));
}

/** The anchor at an update's header. */
function following(before, { lightBlock, validators, given }) {
  const { header } = lightBlock;
  const later = header.height > before.height && !isBefore(header.time, before.issuedAt);
  require(later, 3, "set-change", `the update at ${header.height} is not later than the one before`);
  require(header.time.seconds <= before.validUntil.seconds, 3, "expired-anchor", `the anchor of ${before.height} had expired`);
  const neighbour = before.height > 0n && header.height === before.height + 1n;
  checkCommit(lightBlock, before.validators, neighbour ? before.hash : null, 3);
  const changes = !same(header[NEXT], header.validators_hash);
  require((validators !== null) === changes, 3, "set-change", "a set stands where none changes, or is missing");
  if (changes) require(same(setHash(validators), header[NEXT]), 3, "set-change", "an update gives another set");
  return anchorAt(before, header, changes ? { validators, given } : { validators: before.validators, given: before.value.validators });
}

function anchorAt(before, header, { validators, given }) {
  const { genesis_hash: _, header_hash: __, ...rest } = before.value;
  const hash = headerHash(header);
  const end = { seconds: header.time.seconds + VALIDITY_SECONDS, nanos: 0 };
  const value = {
    ...rest,
    height: String(header.height),
    header_hash: hex(hash),
    validators: given,
    valid_until: plain(end),
    issued_at: plain(header.time),
  };
  const changes = given !== before.value.validators;
  return { ...before, height: header.height, hash, validators, validUntil: end, issuedAt: header.time, changes, value };
}

function plain({ seconds, nanos }) {
  return { seconds: String(seconds), nanos };
}

function isBefore(one, other) {
  return one.seconds < other.seconds || (one.seconds === other.seconds && one.nanos < other.nanos);
}
