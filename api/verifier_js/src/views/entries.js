/** What lists have in common: the end of each entry, pages that more follows, and entries of leaves that hold several. */
import { hex } from "../bytes.js";
import { endOf } from "../streams.js";

/** Block, time and poster of an entry's leaf, as every list says them. */
export const tailOf = ({ block, time, poster }) => ({ block: String(block), time: String(time), poster: hex(poster) });

/** Whether an entry follows behind the page: then it stays as it is for ever. */
export const goesOn = ({ page }, { count }) => page.first + page.limit < BigInt(count);

/** Whether a page reaches the end of a list of `count` entries. */
export const reachesEnd = (page, count) => page.first + page.limit >= count;

/** Of leaves with several entries each those that were asked for; `entriesOf` decodes a leaf as a whole. */
export function cut(leaves, page, count, entriesOf) {
  const end = endOf(page, count);
  return leaves.flatMap((leaf) => {
    const tail = tailOf(leaf);
    return entriesOf(leaf)
      .map((entry, at) => ({ index: leaf.index + BigInt(at), entry }))
      .filter(({ index }) => index >= page.first && index < end)
      .map(({ index, entry }) => ({ index: String(index), ...entry, ...tail }));
  });
}
