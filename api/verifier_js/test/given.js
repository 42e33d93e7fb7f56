/** What `verify` is given by a vector of tests/proofs/vectors; runs in Node and in pages. */
const bytesOf = (text) => new TextEncoder().encode(text);

/** Bytes of hexadecimal digits, with or without `0x`. */
export function unhex(text) {
  const digits = text.replace(/^0x/, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

/** The arguments of `verify`. */
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
  return asHex === undefined ? joined(parts) : unhex(asHex);
}

/** The bytes of a list of parts, one behind the other. */
export const joined = (parts) => concat(parts.map(partOf));

function concat(parts) {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function partOf(part) {
  if (typeof part === "string") return bytesOf(part);
  if (part.hex !== undefined) return unhex(part.hex);
  if (part.repeat !== undefined) return bytesOf(part.repeat.repeat(part.times));
  const { numbered: [before, behind], digits, times, between } = part;
  return bytesOf(Array.from({ length: times }, (_, at) => before + String(at).padStart(digits, "0") + behind).join(between));
}

/** What a row of traps.json puts in the place of a part of the good bytes, or of all of them. */
export function changedBy(good, { put, from = 0, to = good.length }) {
  return concat([good.subarray(0, from), joined(put), good.subarray(to)]);
}
