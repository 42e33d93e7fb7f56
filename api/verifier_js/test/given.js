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
  if (asHex !== undefined) return unhex(asHex);
  return bytesOf(parts.map((part) => (typeof part === "string" ? part : part.repeat.repeat(part.times))).join(""));
}
