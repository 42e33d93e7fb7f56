// node ask.mjs API TRUST ITEM: the history of an item, checked here; the server is not believed.
import { readFileSync } from "node:fs";
import { verify } from "../../api/verifier_js/src/index.js"; // "@liveledger/verifier" once it is installed

const [api, trust, item] = process.argv.slice(2);
const question = { view: "item-events/2", parameters: { item } };
const response = await fetch(`${api}/items/${encodeURIComponent(item)}/events?proof=bundle`);
const bundle = new Uint8Array(await response.arrayBuffer());
const now = Math.floor(Date.now() / 1000);
const verdict = await verify({ bundle, anchor: readFileSync(trust), question, now, maxAge: 600 }); // throws Refusal
for (const { event } of verdict.answer.events.filter((entry) => entry.event)) {
  const said = JSON.stringify([event.eventTime, event.bizStep]).replace(/[^ -~]/gu, encodeURIComponent);
  console.log(verdict.block, said); // what others wrote steers no terminal
}
