/** A block signed by validators that nobody ever admitted: keys are made here, and the commit is good in every other way. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { parseLightBlock } from "../../verifier_js/src/bundle.js";
import { hex } from "../../verifier_js/src/bytes.js";
import { addressOf, headerHash, setHash, signedBytes } from "../../verifier_js/src/commit.js";

const VALIDATORS = 4;
const POWER = 10n;

/** The bundle (a JSON value) with its block signed anew by a set of validators of the forger's own. */
export function forge(bundle) {
  const secrets = Array.from({ length: VALIDATORS }, () => crypto.getRandomValues(new Uint8Array(32)));
  const set = secrets.map((secret) => ({ key: ed25519.getPublicKey(secret), power: POWER }));
  const lightBlock = structuredClone(bundle.light_block);
  const { header, commit } = lightBlock;
  header.validators_hash = header.next_validators_hash = hex(setHash(set));
  header.proposer_address = hex(addressOf(set[0].key));
  commit.signatures = set.map(({ key }) => ({ address: hex(addressOf(key)), time: header.time, signature: `0x${"00".repeat(64)}` }));
  commit.block_id.hash = hex(headerHash(parseLightBlock(lightBlock, "light_block").header));
  const { commit: parsed } = parseLightBlock(lightBlock, "light_block");
  parsed.signatures.forEach(({ time }, at) => {
    commit.signatures[at].signature = hex(ed25519.sign(signedBytes(parsed, time, header.chain_id), secrets[at]));
  });
  return { ...bundle, light_block: lightBlock };
}
