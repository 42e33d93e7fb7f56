/** `contract/1`: what Directory says of one version of a contract, also of one that was replaced. */
import { hex } from "../bytes.js";
import { entryOf, versionsOf } from "../directory.js";
import * as form from "./parameters.js";

const NAME = /^[A-Za-z0-9]{1,32}$/, MAX64 = (1n << 64n) - 1n;
const STATES = { 1: "active", 2: "frozen", 3: "retired" };

const contract = {
  sections: ["contracts"],

  parameters(given) {
    const one = Object.hasOwn(given, "version");
    form.fields(given, one ? ["name", "version"] : ["name"]);
    if (typeof given.name !== "string" || !NAME.test(given.name)) form.wrong("name is no name of a contract");
    return { name: given.name, version: one ? form.decimal(given.version, "version", 1n, MAX64) : null };
  },

  answer(evidence, { name, version: asked }) {
    const directory = evidence.contract("Directory", [2n]);
    const { active, next, from } = versionsOf(directory, name, evidence.header.number);
    const version = asked ?? active;
    const entry = version === 0n ? null : entryOf(directory, name, version);
    return {
      active: String(active),
      next: String(next),
      next_from: String(from),
      known: entry !== null,
      version: String(version),
      address: entry && hex(entry.address),
      code_hash: entry && hex(entry.codeHash),
      from: entry && String(entry.from),
      state: entry && stateOf(entry, active),
    };
  },
};

function stateOf({ state, version }, active) {
  if (state !== 1n || version === active) return STATES[state] ?? String(state);
  return version > active ? "waits" : "frozen";
}

export const views = { "contract/1": contract };
