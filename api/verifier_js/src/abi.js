/** Solidity's ABI, strict: words with nothing above their widths, and leaves that are such words. */
import { toInteger } from "./bytes.js";
import { require } from "./refusal.js";

const WORD = 32;

/** The words that `bytes` are, by their widths in bits (negative: signed), as BigInts; null where they are not. */
export function wordsOf(bytes, widths) {
  if (bytes.length !== WORD * widths.length) return null;
  const words = widths.map((width, at) => numberOf(toInteger(bytes.subarray(WORD * at, WORD * (at + 1))), width));
  return words.includes(null) ? null : words;
}

function numberOf(word, width) {
  if (width >= 0) return word >> BigInt(width) === 0n ? word : null;
  const value = BigInt.asIntN(256, word);
  return BigInt.asIntN(-width, value) === value ? value : null;
}

/** Refuses a leaf, or what belongs to it. */
export const inLeaf = (held, message) => require(held, 8, "leaf-proof", message);

/** The words of a leaf of one entry whose payload is their ABI encoding. */
export function wordsOfLeaf(leaf, widths) {
  const words = leaf.n === 1n ? wordsOf(leaf.payload, widths) : null;
  inLeaf(words !== null, `leaf ${leaf.index} has another form`);
  return words;
}
