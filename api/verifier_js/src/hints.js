/** What helps after a refusal. No part of the format. */
const TAMPERED = "treat the answer as false; ask another member's server";
const HINTS = {
  shape: "keep the bytes exactly as the server sent them: re-formatting a bundle breaks it",
  "wrong-question": "ask the server again with your own question",
  "wrong-chain": "check that the trust anchor belongs to this ledger",
  "expired-anchor": "get a newer anchor from a member that you trust and compare its fingerprint",
  "below-anchor": "ask for a newer answer, or use an older anchor that has not expired",
  "set-change": "ask the server for a bundle that starts at your anchor's height",
  "validators-hash": "a change of the validator set may be missing: ask for a bundle from your anchor's height on",
  stale: "ask again, or allow a greater age with --max-age",
  "unknown-contract": "check the anchor's directory; this client may be older than the contracts",
  power: "not enough validators signed: ask again, or ask another member's server",
};

/** A sentence for who got a refusal with this code. */
export const hintOf = (code) => (Object.hasOwn(HINTS, code) ? HINTS[code] : TAMPERED);
