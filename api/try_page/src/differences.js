/** What is other in one JSON value than in another: paths with both values, for people. */

const SHOWN = 4;
const MOST = 10_000;
const AROUND = 10;

/** `{ count, more, shown: [{ path, before, after }] }`; counting ends at a bound (`more`). `undefined` is what is not there. */
export function differences(before, after) {
  const found = { count: 0, more: false, shown: [] };
  compare(before, after, "", found);
  return found;
}

function compare(before, after, path, found) {
  if (before === after || found.count >= MOST) {
    found.more ||= found.count >= MOST;
    return;
  }
  if (isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const name of names) compare(own(before, name), own(after, name), Array.isArray(before) ? `${path}[${name}]` : `${path}.${name}`, found);
    return;
  }
  found.count += 1;
  if (found.shown.length < SHOWN) found.shown.push({ path: path.replace(/^\./, ""), ...excerpts(before, after) });
}

const isObject = (value) => value !== null && typeof value === "object";
const own = (value, name) => (Object.hasOwn(value, name) ? value[name] : undefined);

/** Both values, cut to where they part. */
function excerpts(before, after) {
  const [a, b] = [text(before), text(after)];
  if (a === null || b === null) return { before: cut(a, 0), after: cut(b, 0) };
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  return { before: cut(a, start), after: cut(b, start) };
}

const text = (value) => (value === undefined ? null : JSON.stringify(value));

function cut(value, start) {
  if (value === null || value.length <= 6 * AROUND) return value;
  const from = Math.max(0, start - AROUND);
  const to = Math.min(value.length, from + 3 * AROUND);
  return `${from > 0 ? "…" : ""}${value.slice(from, to)}${to < value.length ? "…" : ""}`;
}
