/** The ten steps of docs/bundle.md: bytes in, facts or a named refusal out. No network, no clock. */
import { fingerprintOf, newerAnchor, parseAnchor } from "./anchor.js";
import { hex, keccak, same } from "./bytes.js";
import { parseBundle } from "./bundle.js";
import { checkCommit, setHash } from "./commit.js";
import { Evidence } from "./evidence.js";
import { headerFields } from "./execution.js";
import { isJson, wantBytes, wanted, wantNames, wantWhole } from "./input.js";
import { canonical, parseFree } from "./json.js";
import { follow } from "./past.js";
import { InvalidQuestion, Refusal, require } from "./refusal.js";
import { viewNamed } from "./views/index.js";

export const MAX_QUESTION_BYTES = 65_536;
const INPUT = ["bundle", "anchor", "question", "now", "maxAge", "minimumHeight"];
const OF_ITS_BLOCK = "ask the ledger again: this answer is one of its own block alone";

/** A question out of its JSON value, with its view. Throws InvalidQuestion, also where no view has this name. */
export async function parseQuestion(value) {
  const wellFormed = (held, message) => {
    if (!held) throw new InvalidQuestion(message);
  };
  const isObject = (given) => given !== null && typeof given === "object" && !Array.isArray(given);
  wellFormed(isJson(value), "a question is no value as JSON has them");
  wellFormed(isObject(value) && ["view", "parameters"].every((name) => Object.hasOwn(value, name)) && Object.keys(value).length === 2, "a question has a view and parameters");
  const view = await viewNamed(value.view);
  wellFormed(isObject(value.parameters), "parameters are no object");
  return { value, view, parameters: view.parameters(value.parameters) };
}

/** A question out of the bytes of its JSON, in any spelling. Throws InvalidQuestion, or TypeError where it is given no bytes. */
export async function readQuestion(bytes) {
  wantBytes(bytes, "a question");
  try {
    return (await parseQuestion(parseFree(bytes, MAX_QUESTION_BYTES))).value;
  } catch (error) {
    if (error instanceof Refusal) throw new InvalidQuestion(error.message);
    throw error;
  }
}

function requireInput({ bundle, anchor, now, maxAge, minimumHeight }) {
  wantBytes(bundle, "`bundle`");
  wantBytes(anchor, "`anchor`");
  wantWhole(now, "`now`");
  if (maxAge !== null) wantWhole(maxAge, "`maxAge`");
  if (typeof minimumHeight === "bigint") wanted(minimumHeight >= 0n, "`minimumHeight` is below 0");
  else wantWhole(minimumHeight, "`minimumHeight`");
}

/**
 * Checks a bundle. `bundle` and `anchor` are bytes, `question` a JSON value, `now` Unix seconds; `maxAge` seconds and
 * `minimumHeight` are optional. Gives the verdict; throws Refusal, InvalidQuestion, or TypeError for an input of another
 * kind or name.
 */
export async function verify(input) {
  wantNames(input, INPUT);
  const { bundle, anchor, question, now, maxAge = null, minimumHeight = 0 } = input;
  requireInput({ bundle, anchor, now, maxAge, minimumHeight });
  const asked = await parseQuestion(question);
  return check(parseBundle(bundle), parseAnchor(anchor), asked, { now, maxAge, seen: BigInt(minimumHeight) });
}

function check(found, trusted, { value, view, parameters }, { now, maxAge, seen }) {
  require(canonical(found.question) === canonical(value), 2, "wrong-question", "the bundle answers another question");
  const evidence = new Evidence(found).isOf(view); // 1, for the sections are the view's
  checkQuestion(found, trusted, { now, seen: view.lasting ? 0n : seen }); // 2
  const validators = followChanges(found, trusted); // 3
  const { header } = found.lightBlock;
  const power = checkCommit(found.lightBlock, validators, predecessor(header, trusted), 4); // 4
  const execution = checkLink(found.executionHeader, header, trusted); // 5
  const age = now - Number(header.time.seconds); // 6
  require(maxAge === null || age <= maxAge, 6, "stale", `the block is ${age} s old`);
  const held = found.past === null ? execution : follow(found.past, found.nodes, execution);
  const answer = view.answer(evidence.at(trusted, held), parameters); // 7 to 9
  evidence.finish();
  const lasting = view.lasting?.(parameters, answer) ?? false;
  require(found.past === null || lasting, 6, "stale", `block ${held.number} held this, block ${execution.number} need not`, OF_ITS_BLOCK);
  if (!lasting) checkSeen(found.lightBlock, seen);
  require(canonical(answer) === canonical(found.answer), 10, "answer-mismatch", "the server's answer is another one");
  const { hash } = found.lightBlock.commit.blockId; // step 4 found it to be the header's
  return verdictOf({ header, hash, held, power, age, answer, lasting, trusted, validators });
}

function verdictOf({ header, hash, held, power, age, answer, lasting, trusted, validators }) {
  const newer = newerAnchor(trusted, header, hash, validators);
  return {
    chain_id: header.chainId,
    block: String(held.number),
    block_time: String(held.time),
    header_height: String(header.height),
    header_hash: hex(hash),
    header_time: { seconds: String(header.time.seconds), nanos: header.time.nanos },
    age_seconds: age,
    signed_power: String(power.signed),
    total_power: String(power.total),
    anchor: trusted.fingerprint,
    anchor_height: String(trusted.height),
    newer_anchor: newer && fingerprintOf(newer),
    lasting,
    answer,
  };
}

function checkQuestion({ setChanges, lightBlock: { header } }, anchor, { now, seen }) {
  const held = (good, code, message) => require(good, 2, code, message);
  const headers = [header, ...setChanges.map((change) => change.lightBlock.header)];
  held(headers.every(({ chainId }) => chainId === anchor.chainId), "wrong-chain", "the bundle is of another chain");
  held(BigInt(now) <= anchor.validUntil.seconds, "expired-anchor", "the anchor has expired");
  held(header.height > anchor.height, "below-anchor", "the block is not above the anchor");
  checkSeen({ header }, seen);
}

function checkSeen({ header }, seen) {
  require(header.height - 1n >= seen, 2, "below-anchor", "the block is older than one seen before");
}

/** Step 3: the set that signs the light block, from the anchor's by the changes above it. */
function followChanges({ setChanges, lightBlock }, anchor) {
  let validators = anchor.validators, last = 0n;
  for (const change of setChanges) {
    const { header } = change.lightBlock;
    require(header.height > last && header.height < lightBlock.header.height, 3, "set-change", "set changes do not ascend");
    last = header.height;
    if (header.height <= anchor.height) continue;
    checkCommit(change.lightBlock, validators, predecessor(header, anchor), 3);
    require(same(header.next_validators_hash, setHash(change.validators)), 3, "set-change", "a set change gives another set");
    require(!same(header.next_validators_hash, header.validators_hash), 3, "set-change", "a set change that changes nothing");
    validators = change.validators;
  }
  return validators;
}

/** The hash that a header right above the anchor must follow on; null where it need not. */
function predecessor(header, anchor) {
  return anchor.height > 0n && header.height === anchor.height + 1n ? anchor.hash : null;
}

/** Step 5: the execution block that the header binds. */
function checkLink(bytes, header, anchor) {
  const held = (good, message) => require(good, 5, "app-hash", message);
  held(same(keccak(bytes), header.app_hash), "the execution header is not the one that was signed");
  const fields = headerFields(bytes);
  held(fields !== null, "the execution header has another form");
  held(fields.number === header.height - 1n, "the execution header is of another height");
  if (fields.number === 0n) held(anchor.height !== 0n || same(header.app_hash, anchor.hash), "another genesis block");
  return fields;
}

export { Refusal, InvalidQuestion };
