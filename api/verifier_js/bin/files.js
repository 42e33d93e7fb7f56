/** Files as the command reads and makes them: never more bytes than may be, never without an end. */
import { closeSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** A file's bytes, one more than `most` at most: whoever reads them refuses what is over it. Throws the system's error. */
export function readUpTo(path, most) {
  const bytes = new Uint8Array(most + 1);
  const file = openSync(path, "r");
  let length = 0;
  try {
    for (let read = -1; read !== 0; length += read) read = readSync(file, bytes, length, bytes.length - length, null);
  } finally {
    closeSync(file);
  }
  return bytes.subarray(0, length);
}

/**
 * Makes a folder, and those above it that are missing. Throws the system's error.
 *
 * Node's own `recursive` goes on for ever below a folder that is there and takes no other one (/proc/1).
 */
export function makeFolder(path, tries = 2) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (error.code === "EEXIST" && statSync(path).isDirectory()) return;
    if (error.code !== "ENOENT" || tries === 1 || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    makeFolder(path, 1);
  }
}
