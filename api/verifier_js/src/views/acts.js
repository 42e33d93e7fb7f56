/** `acts/1` and `/2`: what was done to the rules, act by act. */
import { hex, right, toInteger, utf8 } from "../bytes.js";
import { inLeaf } from "../abi.js";
import { goesOn, tailOf } from "./entries.js";
import * as form from "./parameters.js";

const STREAM = right(utf8("acts")), OUTCOME = 64, SELECTOR = 4;
/** Version of each contract that the views read. */
const FIRST = { Consortium: 1n, Governance: 1n }, ALL = { ...FIRST, Directory: 2n, Creator: 1n };

const view = (contracts) => ({
  sections: ["contracts", "leaves"],

  parameters(given) {
    form.fields(given, ["contract"], ["first", "limit"]);
    if (typeof given.contract !== "string" || !Object.hasOwn(contracts, given.contract)) form.wrong("contract is none whose acts are kept");
    return { contract: given.contract, page: form.page(given) };
  },

  lasting: goesOn,

  answer(evidence, { contract: name, page }) {
    const stream = evidence.stream(evidence.contract(name, [contracts[name]]), STREAM);
    const leaves = evidence.leaves(stream, page);
    return { count: String(stream.count), acts: leaves.map(actOf) };
  },
});

function actOf(leaf) {
  inLeaf(leaf.n === 1n, `leaf ${leaf.index} is of several acts`);
  const { kind, ...outcome } = whatOf(leaf);
  return { index: String(leaf.index), kind, data: hex(leaf.payload), ...outcome, ...tailOf(leaf) };
}

/** An outcome is told from a call by its 64 bytes of which the first four are zero. */
function whatOf({ payload, index }) {
  const isOutcome = payload.length === OUTCOME && payload.subarray(0, SELECTOR).every((byte) => byte === 0);
  if (!isOutcome) return { kind: "call", proposal: null, status: null };
  const status = toInteger(payload.subarray(32));
  inLeaf(status < 256n, `outcome ${index} has another form`);
  return { kind: "outcome", proposal: String(toInteger(payload.subarray(0, 32))), status: String(status) };
}

export const views = { "acts/1": view(FIRST), "acts/2": view(ALL) };
