// node ask.js API TRUST ITEM: asks for an item's events, and prints what was proven or what to do.
import { readFileSync } from "node:fs";
import { itemForm } from "@liveledger/verifier/items";
import { supportsOf } from "@liveledger/verifier/sentences";
import { adviceOn, ask } from "./asking.js";

const [api, trust, uri] = process.argv.slice(2);
/** What others wrote steers no terminal. */
const plain = (value) => JSON.stringify(value).replace(/[^ -~]/gu, encodeURIComponent);
try {
  const item = itemForm(uri.trim()); // events are listed under the one form of their item
  const question = { view: "item-events/2", parameters: { item } };
  const verdict = await ask({ api, path: `/items/${encodeURIComponent(item)}/events`, question, anchor: readFileSync(trust) });
  const { unchanged, complete, issuer } = supportsOf(question, verdict);
  for (const line of [unchanged, complete, issuer, verdict.answer]) console.log(plain(line));
} catch (error) {
  console.error(plain([error.code ?? error.name, error.message, adviceOn(error)]));
  process.exitCode = 1;
}
