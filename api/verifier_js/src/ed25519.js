/**
 * One rule for signatures (docs/bundle.md, "Ed25519"): the key's y is canonical and the key not of small order, S is below
 * the group's order, and the first half of the signature is byte for byte the encoding of [S]B − [k]A, without cofactor.
 * Only the arithmetic of the curve comes from the library: its own strict mode takes signatures that this rule refuses.
 */
import { mulAddUnsafe } from "@noble/curves/abstract/curve.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, same } from "./bytes.js";
import { wantBytes } from "./input.js";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const PRIME = Point.Fp.ORDER;

/** Whether a signature counts. `key` 32 bytes, `signature` 64 bytes; anything else does not. */
export function counts(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const point = publicKey(key);
  const s = littleEndian(signature.subarray(32));
  if (point === null || s >= ORDER) return false;
  const first = signature.subarray(0, 32);
  const k = littleEndian(sha512(concat(first, key, message))) % ORDER;
  // Both products in one walk: a table of the base point's multiples costs more than the signatures of a small set.
  const expected = mulAddUnsafe(Point, [Point.BASE, point.negate()], [s, k]);
  return same(expected.toBytes(), first);
}

/** The same for callers. Throws TypeError where one of the three is no Uint8Array. */
export function ed25519Counts(key, message, signature) {
  wantBytes(key, "`key`");
  wantBytes(message, "`message`");
  wantBytes(signature, "`signature`");
  return counts(key, message, signature);
}

function publicKey(key) {
  const y = littleEndian(concat(key.subarray(0, 31), Uint8Array.of(key[31] & 127)));
  if (y >= PRIME) return null;
  try {
    const point = Point.fromBytes(key, false);
    return point.isSmallOrder() ? null : point;
  } catch {
    return null; // no point of the curve
  }
}

function littleEndian(bytes) {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at]);
  return value;
}
