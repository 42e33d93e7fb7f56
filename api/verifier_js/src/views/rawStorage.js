/** `raw-storage/1`: slots of any account. */
import { fromInteger, hex, same } from "../bytes.js";
import { Contract } from "../evidence.js";
import { require } from "../refusal.js";
import { EMPTY_ROOT } from "../trie.js";
import * as form from "./parameters.js";

const MAX_SLOTS = 64;

const rawStorage = {
  sections: ["contracts"],

  parameters(given) {
    form.fields(given, ["address", "slots"]);
    if (!Array.isArray(given.slots) || given.slots.length < 1 || given.slots.length > MAX_SLOTS) form.wrong("1 to 64 slots");
    if (new Set(given.slots).size !== given.slots.length) form.wrong("a slot stands twice");
    return { address: form.bytes(given.address, "address", 20), slots: given.slots.map((slot) => form.bytes(slot, "slot", 32)) };
  },

  answer(evidence, { address, slots }) {
    const account = evidence.account("Account", address);
    const { directory, contracts } = evidence.anchor;
    const pins = [directory, ...contracts.values()].filter((pin) => same(pin.address, address));
    const asPinned = pins.every(({ codeHash }) => account !== null && same(account.codeHash, codeHash));
    require(asPinned, 7, "unknown-contract", "the anchor pins another code at this address");
    // Where there is no account the slots are those of an empty trie: their proofs have no nodes.
    const contract = new Contract(evidence.proofs, "Account", address, account?.storageRoot ?? EMPTY_ROOT);
    const values = slots.map((slot) => contract.word(slot)).map((word) => (word === null ? null : hex(fromInteger(word))));
    return { code_hash: account && hex(account.codeHash), values };
  },
};

export const views = { "raw-storage/1": rawStorage };
