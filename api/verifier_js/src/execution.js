/** What is read of the header of an execution block. */
import { toInteger } from "./bytes.js";
import { decode, RlpError } from "./rlp.js";

const STATE_ROOT = 3, NUMBER = 8, TIMESTAMP = 11;

/** State root, number and time of an encoded header; null where the bytes are none. */
export function headerFields(bytes) {
  try {
    const items = decode(bytes);
    if (!Array.isArray(items) || items.length < 15 || items.some(Array.isArray) || items[STATE_ROOT].length !== 32) return null;
    const [number, time] = [items[NUMBER], items[TIMESTAMP]];
    if (number[0] === 0 || time[0] === 0 || number.length > 8 || time.length > 8) return null;
    return { stateRoot: items[STATE_ROOT], number: toInteger(number), time: toInteger(time) };
  } catch (error) {
    if (error instanceof RlpError) return null;
    throw error;
  }
}
