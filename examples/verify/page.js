/** A page that asks for an item's events and shows what was proven; what it is given stands in it as text alone. */
import { parseAnchor, warm } from "@liveledger/verifier";
import { itemForm } from "@liveledger/verifier/items";
import { NOT_PROVEN, supportsOf } from "@liveledger/verifier/sentences";
import { adviceOn, ask, seenIn } from "./asking.js";

const API = "/api"; // a path of this site: the API allows no other origins
const outcome = document.querySelector("#outcome");
// It comes with the page, not from the API: an anchor of the server that it is to check is no good.
const anchor = new Uint8Array(await (await fetch("trust.json")).arrayBuffer());
const { fingerprint, height } = parseAnchor(anchor);
const SEEN = `seen:${fingerprint}`;
const NOTHING = { "what to do": "write the item's URI as it stands on the goods", 怎么办: "请填写商品上的网址（URI）" };

document.querySelector("#ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const written = new FormData(event.target).get("item").trim();
  if (written === "") return show("Nothing was asked · 没有提问", NOTHING);
  try {
    const item = itemForm(written); // however a scanner or a person wrote it
    const question = { view: "item-events/2", parameters: { item } };
    const seen = BigInt(localStorage.getItem(SEEN) ?? 0);
    const verdict = await ask({ api: API, path: `/items/${encodeURIComponent(item)}/events`, question, anchor, seen });
    localStorage.setItem(SEEN, String(seenIn(verdict) > seen ? seenIn(verdict) : seen));
    show("Proven", { ...supportsOf(question, verdict), anchor: `${fingerprint}, height ${height}`, "not proven": NOT_PROVEN.join("; ") }, verdict.answer);
  } catch (error) {
    const step = error.step === undefined ? "" : ` at step ${error.step}`;
    show(`Not proven${step}: ${error.code ?? error.name}`, { reason: error.message, "what to do": adviceOn(error) });
  }
});

document.documentElement.dataset.ready = "true";
warm(["item-events/2"]); // compiled while somebody types

/** A heading, a list of names and texts, and the answer; empty lines are left out. */
function show(heading, lines, answer) {
  const list = element("dl");
  for (const [name, text] of Object.entries(lines)) if (text) list.append(element("dt", name), element("dd", text));
  outcome.replaceChildren(element("h2", heading), list);
  if (answer !== undefined) outcome.append(element("pre", JSON.stringify(answer, null, 2)));
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
