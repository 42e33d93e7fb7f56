/** Strict RLP: one value has one encoding (Ethereum Yellow Paper, appendix B). Throws `RlpError`. */
export class RlpError extends Error {}

const MAX_DEPTH = 16;

/** The item that `bytes` are: a byte string, or a list of items. Nothing may be left over. */
export function decode(bytes) {
  const [item, end] = read(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new RlpError("bytes are left over");
  return item;
}

function read(bytes, at, end, depth) {
  if (at >= end) throw new RlpError("cut short");
  const lead = bytes[at];
  if (lead < 0x80) return [bytes.subarray(at, at + 1), at + 1];
  const isList = lead >= 0xc0;
  const [start, stop] = span(bytes, at, end, isList ? 0xc0 : 0x80);
  if (!isList) {
    if (stop - start === 1 && bytes[start] < 0x80 && start - at === 1) throw new RlpError("a byte in two");
    return [bytes.subarray(start, stop), stop];
  }
  if (depth === MAX_DEPTH) throw new RlpError(`more than ${MAX_DEPTH} lists in one another`);
  const items = [];
  for (let next = start; next < stop; ) {
    const [item, after] = read(bytes, next, stop, depth + 1);
    items.push(item);
    next = after;
  }
  return [items, stop];
}

/** Where the content of the item at `at` begins and ends. */
function span(bytes, at, end, base) {
  const size = bytes[at] - base;
  if (size <= 55) return within(at + 1, size, end);
  const width = size - 55;
  if (at + 1 + width > end || bytes[at + 1] === 0) throw new RlpError("a length that is no shortest number");
  let length = 0;
  for (let place = 0; place < width; place += 1) length = length * 256 + bytes[at + 1 + place];
  if (length <= 55) throw new RlpError("a short content in the long form");
  return within(at + 1 + width, length, end);
}

function within(start, length, end) {
  if (start + length > end) throw new RlpError("cut short");
  return [start, start + length];
}

/** The length of the encoding of an item, to tell nodes that stand inside their parent. */
export function encodedLength(item) {
  const length = Array.isArray(item) ? item.reduce((sum, part) => sum + encodedLength(part), 0) : item.length;
  if (!Array.isArray(item) && length === 1 && item[0] < 0x80) return 1;
  return length <= 55 ? 1 + length : 1 + Math.ceil(Math.log2(length + 1) / 8) + length;
}
