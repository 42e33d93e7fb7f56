/** Pages of streams (step 9): leaves that lead from a head to the head in storage (docs/formats.md, Streams). */
import { fromInteger, keccak, left, right, same, toInteger, utf8 } from "./bytes.js";
import { mappingSlot } from "./directory.js";
import { require } from "./refusal.js";

const typeHash = (text) => keccak(utf8(text));
const DOMAIN = typeHash("LiveLedger.Stream.v1");
const LEAF_TYPE = typeHash("LiveLedger.Leaf.v1");
const STREAMS = (() => {
  const base = keccak(fromInteger(toInteger(typeHash("liveledger.streams")) - 1n));
  base[31] = 0;
  return base;
})();

/** The slot of a stream's word. */
export const streamSlot = (id) => mappingSlot(id, STREAMS);

/** A stream out of its word; it began in one of `origins`, contracts. */
export function streamOf(id, word, origins) {
  return { id, head: fromInteger(word >> 64n, 24), count: word & ((1n << 64n) - 1n), origins };
}

/** Where the entries that are asked for end. */
export function endOf({ first, limit }, count) {
  return first + limit < count ? first + limit : count;
}

/** The leaves of `leaves` (null where the bundle has no page more), each with the index of its first entry. */
export function provenLeaves(leaves, stream, page, evmChainId) {
  const held = (good, message) => require(good, 9, "incomplete", message);
  held(leaves !== undefined, "the page is missing");
  const { headBefore, page: given, later, first } = leaves;
  const begins = ({ address }) => same(headBefore, firstHead(evmChainId, address, stream.id));
  held(first !== 0n || stream.origins.some(begins), "the page does not begin with the stream");
  const starts = startsOf(given, first);
  const last = starts.pop();
  const end = endOf(page, stream.count);
  held(given.length > 0 && given.every(({ n }) => n > 0n), "a page without leaves, or a leaf without entries");
  held(first <= page.first && (starts[1] ?? last) > page.first, "the first leaf does not hold the first entry that was asked for");
  held(starts.at(-1) < end && last >= end, "the last leaf does not hold the last entry that was asked for");
  held(last <= stream.count, "the leaves go beyond the stream's end");
  const rest = stream.count - last;
  held((later.length === 0) === (rest === 0n) && BigInt(later.length) <= rest, "the hashes behind the page are not as many as there may be");
  const head = later.reduce(nextHead, given.reduce((before, leaf, at) => nextHead(before, leafHash(stream.id, starts[at], leaf)), headBefore));
  held(same(head, stream.head), "the leaves do not lead to the stream's head");
  return given.map((leaf, at) => ({ ...leaf, index: starts[at] }));
}

/** The index at which each leaf begins, and behind them where the last one ends. */
function startsOf(leaves, first) {
  const starts = [first];
  for (const { n } of leaves) starts.push(starts.at(-1) + n);
  return starts;
}

function firstHead(evmChainId, address, id) {
  return keccak(DOMAIN, fromInteger(evmChainId), left(address), id).subarray(0, 24);
}

function leafHash(id, index, { n, block, time, poster, payload }) {
  const words = [LEAF_TYPE, id, fromInteger(index), fromInteger(n), fromInteger(block), fromInteger(time), left(poster)];
  return keccak(...words, keccak(payload));
}

const nextHead = (head, leaf) => keccak(right(head), leaf).subarray(0, 24);
