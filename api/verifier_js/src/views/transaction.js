/** `transaction/1`: a transaction in its own block, and what came of it. */
import { provenReceipt, provenTransaction } from "../receipts.js";
import * as form from "./parameters.js";

const FIRST_LIST = 0x80;

const transaction = {
  sections: ["transaction", "receipt"],

  parameters(given) {
    form.fields(given, ["hash"]);
    return { hash: form.bytes(given.hash, "hash", 32) };
  },

  lasting: () => true,

  answer(evidence, { hash }) {
    const { value, index } = provenTransaction(evidence, hash);
    const { succeeded, logs } = provenReceipt(evidence, index);
    const type = value[0] < FIRST_LIST ? value[0] : 0;
    return { block: String(evidence.header.number), index: String(index), type: String(type), succeeded, logs: String(logs.length) };
  },
};

export const views = { "transaction/1": transaction };
