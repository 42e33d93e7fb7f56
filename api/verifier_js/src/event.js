/** An EPCIS event within the limits of what a bundle holds. */
import { utf8 } from "./bytes.js";
import { canonical, depthOf } from "./json.js";
import { requireShape } from "./refusal.js";
import * as shape from "./shape.js";

const MAX_DEPTH = 32, MAX_BYTES = 262_144;

/** `value` as an event: an object of at most 32 levels and 262,144 bytes (step 1). */
export function eventOf(value, where) {
  shape.record(value, where);
  const text = canonical(value);
  requireShape(depthOf(text) <= MAX_DEPTH, `${where} has more than ${MAX_DEPTH} levels`);
  requireShape(utf8(text).length <= MAX_BYTES, `${where} has more than ${MAX_BYTES} bytes`);
  return value;
}
