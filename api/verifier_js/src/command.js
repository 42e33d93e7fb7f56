/** What `liveledger-verify` prints, which is what `liveledger verify` prints: lines for people, or JSON. */
import { isGs1, itemForm, ItemRefused } from "./items.js";
import { field, printable } from "./plain.js";
import { linesOf, NOT_PROVEN, numberText, supportsOf } from "./sentences.js";

/** The lines of a proven bundle: the verdict's, and under which form an item was asked. */
export const provenLines = (question, verdict) => [...linesOf(question, verdict), ...spellingLines(question)];

/** The same as a JSON value. */
export function provenJson({ view, parameters }, verdict) {
  const { header_height: height, header_hash: _, header_time: __, newer_anchor: ___, lasting: ____, answer, ...facts } = verdict;
  const under_block = String(BigInt(height) - 1n);
  const { chain_id, block, block_time, ...rest } = facts;
  const said = supportsOf({ view, parameters }, verdict);
  return { verdict: "proven", question: { view, parameters }, chain_id, block, block_time, under_block, ...rest, answer, ...said, not_proven: NOT_PROVEN };
}

export const refusedLine = ({ step, code, message }) => `refused at step ${step} (${code}): ${message}`;

/** A refusal as a JSON value. */
export function refusedJson({ step, code, message, hint }) {
  return { verdict: "refused", refusal: { step, code, message, hint, details: {} } };
}

/** Where an item has several forms: what is complete is the list of the one that was asked for. */
export function spellingLines({ view, parameters: { item } }) {
  if (!["item-events/1", "item-events/2"].includes(view)) return [];
  try {
    const form = itemForm(item);
    if (view === "item-events/2") return form === item ? [] : [`asked as ${field(item)}: capture lists events under its one form, ${field(form)}`];
    return isGs1(item) ? [`asked as ${field(item)}: other spellings of this item are lists of their own`] : [];
  } catch (error) {
    if (!(error instanceof ItemRefused)) throw error;
    return [`asked as ${field(item)}, under which capture anchors nothing: ${field(error.message)}`];
  }
}

/** JSON on lines of its own, two spaces a level. */
export function indented(value, margin = "", sorted = false) {
  const inner = `${margin}  `;
  if (typeof value === "number") return numberText(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value);
  if (names.length === 0) return Array.isArray(value) ? "[]" : "{}";
  if (Array.isArray(value)) return `[\n${value.map((item) => inner + indented(item, inner, sorted)).join(",\n")}\n${margin}]`;
  const members = (sorted ? names.sort() : names).map((name) => `${inner}${JSON.stringify(name)}: ${indented(value[name], inner, sorted || name === "event")}`);
  return `{\n${members.join(",\n")}\n${margin}}`;
}

/** Lines as they are printed: a line stays one line, whatever stands in it. */
export const written = (lines) => lines.map((line) => `${printable(line)}\n`).join("");
