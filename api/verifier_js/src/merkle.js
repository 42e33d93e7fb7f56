/** Trees of the shape of RFC 6962 over Keccak: leaves 00, inner nodes 01 (docs/formats.md, Merkle root of a batch). */
import { keccak } from "./bytes.js";

const LEAF = Uint8Array.of(0), INNER = Uint8Array.of(1);

export const leafOf = (...parts) => keccak(LEAF, ...parts);
export const nodeOf = (left, right) => keccak(INNER, left, right);

/** The root over leaves that are hashed already: level by level, an odd last node moves up. */
export function rootOf(leaves) {
  if (leaves.length === 0) return keccak(new Uint8Array());
  let level = leaves;
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at < level.length; at += 2) above.push(at + 1 < level.length ? nodeOf(level[at], level[at + 1]) : level[at]);
    level = above;
  }
  return level[0];
}

/** The root that `path` leads to from leaf `index` of `count`, with the siblings from the leaf up; null where it is not used up. */
export function rootAlong(leaf, index, count, path) {
  let node = leaf, used = 0;
  for (let position = index, last = count - 1; last > 0; position = Math.floor(position / 2), last = Math.floor(last / 2)) {
    const isRight = position % 2 === 1;
    if (!isRight && position >= last) continue;
    const sibling = path[used];
    if (sibling === undefined) return null;
    node = isRight ? nodeOf(sibling, node) : nodeOf(node, sibling);
    used += 1;
  }
  return used === path.length ? node : null;
}
