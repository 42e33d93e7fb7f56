/** Reads the vectors of tests/proofs/vectors, which belong to no language. */
import { readFileSync } from "node:fs";

const FOLDER = new URL("../../../tests/proofs/vectors/", import.meta.url);
const bytesOf = (text) => new TextEncoder().encode(text);
export const unhex = (text) => Uint8Array.from(Buffer.from(text.replace(/^0x/, ""), "hex"));
export const read = (name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));

/** What `verify` is given by a vector. */
export function given(vector) {
  return {
    bundle: bundleOf(vector),
    anchor: bytesOf(JSON.stringify(vector.anchor)),
    question: vector.question,
    now: vector.now,
    maxAge: vector.max_age ?? null,
    minimumHeight: vector.minimum_height ?? 0,
  };
}

function bundleOf({ bundle, bundle_hex: asHex, bundle_parts: parts }) {
  if (bundle !== undefined) return bytesOf(bundle);
  if (asHex !== undefined) return unhex(asHex);
  return bytesOf(parts.map((part) => (typeof part === "string" ? part : part.repeat.repeat(part.times))).join(""));
}
