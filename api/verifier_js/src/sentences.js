/** What a verdict says to people: how old the answer is, the three lines, and what is not proven. No part of the format. */
import { isJson, wanted } from "./input.js";

export const NOT_PROVEN = Object.freeze([
  "that the goods are what the label says",
  "that a member told the truth when it signed",
  "that less than a third of the voting power signed twice (at a third the chain can fork; forging alone needs more than two thirds)",
  "that a trust anchor which came from the very server it is to check is any good",
]);
const NOT_A_LIST = "this question asks for no list";
const NO_ISSUER = "this answer is the work of many, or of none: no issuer is shown";
const NOT_JUDGED = "; whether the newest report is stale, which freezes too, is not judged: capital/2 does";
const UNKNOWN_SKU = "the ledger does not know this SKU";
/** Lists: the member of the answer that holds the entries, and what they are called. */
const LISTS = {
  acts: ["acts", "acts"], capital: ["reports", "reports"], "item-events": ["events", "events"], "place-accuracy": ["records", "comparisons"],
  "poster-batches": ["batches", "batches"], reports: ["reports", "reports"], settlement: ["settlements", "settlements"],
  "sku-movements": ["movements", "movements"], "sku-orders": ["entries", "entries of orders"], "sku-returns": ["entries", "gradings and closings"],
  stream: ["entries", "entries"],
};
const UNITS = [["second", 1, 120], ["minute", 60, 120], ["hour", 3_600, 48], ["day", 86_400, 730], ["year", 365 * 86_400, Infinity]];

/** The three lines, `{unchanged, complete, issuer}`; the last two are null where the view says nothing about it. */
export function supportsOf(question, verdict) {
  const under = integer(verdict.header_height) - 1n;
  const way = integer(verdict.block) === under ? "" : `, whose hash block ${under} holds`;
  const unchanged = `as block ${verdict.block} holds it${way}, signed by ${verdict.signed_power} of ${verdict.total_power} voting power`;
  wanted(isJson(question) && typeof question?.view === "string", "the question is none");
  const [family] = question.view.split("/");
  wanted(Object.hasOwn(LISTS, family) || Object.hasOwn(OTHERS, family), "a question of a view that is not known");
  const said = Object.hasOwn(LISTS, family) ? ofList(family, question, verdict) : OTHERS[family](question.parameters, verdict);
  return { unchanged, complete: said.complete ?? null, issuer: said.issuer ?? null };
}

/** A number out of its decimal string. `BigInt("")` would be 0. */
function integer(text) {
  wanted(typeof text === "string" && /^[0-9]+$/.test(text), "a number is no decimal string");
  return BigInt(text);
}

/** The lines that a command prints of a proven bundle. */
export function linesOf(question, verdict) {
  const { unchanged, complete, issuer } = supportsOf(question, verdict);
  return [
    `proven: ${heldBy(verdict)}${verdict.lasting ? "; no later block changes it" : ""}`,
    `unchanged:                  ${unchanged}`,
    `on the ledger and complete: ${complete ?? NOT_A_LIST}`,
    `issuer:                     ${issuer ?? NO_ISSUER}`,
    `answer: ${spaced(verdict.answer)}`,
    `chain ${verdict.chain_id}, trust anchor ${verdict.anchor} of height ${verdict.anchor_height}`,
    "not proven:",
    ...NOT_PROVEN.map((sentence) => `  - ${sentence}`),
  ];
}

/** Which block the answer is of and how old that is; where there is a way back, how old the header is behind it. */
function heldBy({ block, block_time: time, header_height: height, age_seconds: age }) {
  const moment = new Date(Number(time) * 1000).toISOString().replace(".000Z", "Z");
  const under = integer(height) - 1n;
  if (integer(block) === under) return `what block ${block} held ${ago(age)} (${moment})`;
  return `what block ${block} held on ${moment}, by block ${under} of ${ago(age)}`;
}

/** How long ago something was, in words. */
function ago(seconds) {
  if (seconds < 0) return `${-seconds} s ahead of this machine's clock`;
  const [unit, size] = UNITS.find(([, each, most]) => seconds < most * each);
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}

/** JSON on one line with a space behind each comma and colon. Throws TypeError where a value is none of JSON's. */
export function spaced(value) {
  wanted(isJson(value), "no value as JSON has them");
  return spread(value, false);
}

/** `sorted`: inside a document, whose members stand as in the bundle. */
function spread(value, sorted) {
  if (Array.isArray(value)) return `[${value.map((item) => spread(item, sorted)).join(", ")}]`;
  if (typeof value === "number") return numberText(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = sorted ? Object.keys(value).sort() : Object.keys(value);
  return `{${names.map((name) => `${JSON.stringify(name)}: ${spread(value[name], sorted || name === "event")}`).join(", ")}}`;
}

/** A number as both commands write it: below 0.0001 with an exponent of two digits. */
export function numberText(value) {
  wanted(Number.isFinite(value), "no number of JSON's");
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : JSON.stringify(value);
  return text.replace(/e([+-])([0-9])$/, "e$10$2");
}

function ofList(family, { view, parameters }, { answer, block, lasting }) {
  if (answer.known_sku === false) return { complete: UNKNOWN_SKU };
  const [member, noun] = LISTS[family];
  const entries = answer[member];
  const listed = listSentence(parameters, integer(answer.count), noun) + (family === "item-events" ? missing(answer) : "");
  const growing = lasting ? `; ${answer.count} were there at block ${block}, there may be more by now` : "";
  return { complete: listed + growing + (view === "capital/1" && answer.newest !== null ? NOT_JUDGED : ""), issuer: posters(entries) };
}

function listSentence({ first: given, limit }, count, noun) {
  const first = integer(given ?? "0");
  const end = limit === undefined || first + integer(limit) > count ? count : first + integer(limit);
  if (count === 0n) return `the ledger holds no ${noun} here`;
  if (first >= count) return `there are ${count} ${noun}; none from number ${first} on`;
  if (first === 0n && end === count) return `all ${count} ${noun}, in order, none left out`;
  return `${noun} ${first} to ${end - 1n} of ${count}, in order, none left out between`;
}

/** What others listed of an item, and what of its events is not shown. */
function missing({ events, others, organisation }) {
  const nothing = events.filter(({ event }) => event === null).length;
  const some = events.filter(({ withheld }) => withheld?.length > 0).length;
  const notGiven = nothing === 1
    ? "; contents of 1 event not given: its hash is proven, what it says is not"
    : `; contents of ${nothing} events not given: their hashes are proven, what they say is not`;
  const fields = `; fields of ${some} event${some > 1 ? "s" : ""} are withheld`;
  return (others === undefined ? "" : listing(others, organisation)) + (nothing > 0 ? notGiven : "") + (some > 0 ? fields : "");
}

function listing(others, organisation) {
  if (others === null) return `; listed with organisation ${organisation} alone: what others listed is another question`;
  const counts = others.map(({ count }) => integer(count)).filter((count) => count > 0n);
  const told = `; and ${counts.reduce((sum, count) => sum + count, 0n)} events by ${counts.length} others`;
  return organisation === null ? `${told}: no brand claims this item` : told;
}

/** Who sent the transactions, by account; null where there are none. */
function posters(entries) {
  const accounts = [...new Set(entries.map(({ poster }) => poster))].sort();
  return accounts.length === 0 ? null : posted(accounts.slice(0, 3).join(", ") + (accounts.length > 3 ? ` and ${accounts.length - 3} more` : ""));
}

const posted = (accounts) => `posted by ${accounts}, admitted by the consortium's contract when it was posted`;

const OTHERS = {
  contract: ({ name }, { answer, block }) => ({ complete: `the one entry of ${name} ${answer.version} at block ${block}` }),
  movement({ sequence, index, poster }, { answer, block }) {
    if (!answer.known_batch) return { complete: `no batch ${sequence} was posted up to block ${block}` };
    return { complete: `movement ${index} of the ${answer.batch.movements} in this batch`, issuer: posted(poster) };
  },
  "raw-storage": () => ({}),
  word: () => ({}),
  reading({ sequence }, { answer: { known_report: known, device_matches: matches, reading }, block }) {
    if (!known) return { complete: `no report ${sequence} was made up to block ${block}` };
    if (!matches) return { complete: "the report's one device" };
    return { complete: `reading ${reading.index} of the ${reading.readings} in report ${sequence}`, issuer: posters([reading]) };
  },
  stock: ({ lot }) => ({ complete: `the one balance that the ledger holds for this ${lot === undefined ? "SKU" : "lot"} at this place` }),
  "stock-lots"({ first: given, limit }, { answer }) {
    const [first, count] = [integer(given), integer(answer.count)];
    const end = first + integer(limit) < count ? first + integer(limit) : count;
    if (first === 0n && end === count) return { complete: `all ${count - 1n} lots that the ledger knows of this SKU, and the goods without one` };
    if (first >= count) return { complete: `the last lot is number ${count - 1n}; there is none from number ${first} on` };
    return { complete: `lots ${first} to ${end - 1n} of 0 to ${count - 1n}, none left out between` };
  },
  transaction: () => ({ complete: "the one place of this transaction on the ledger" }),
};
