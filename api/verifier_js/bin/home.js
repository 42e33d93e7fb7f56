/** The folder of a ledger that `liveledger` keeps too: its trust anchor, and the highest block that was seen under each anchor. */
import { renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseFree } from "../src/json.js";
import { Refusal } from "../src/refusal.js";
import { makeFolder, readUpTo } from "./files.js";

const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;
const MAX_BYTES = 1_048_576;

/** A `seen.json` that holds something else than heights. */
export class Damaged extends Error {}

/** The folder of ledger `name` under `root`, or `LIVELEDGER_HOME`, or `~/.liveledger`; null where that is no name of a ledger. */
export function homeOf(root, name) {
  if (!NAME.test(name)) return null;
  return join(resolve(root || process.env.LIVELEDGER_HOME || join(homedir(), ".liveledger")), name);
}

/** The highest block seen under an anchor, by its fingerprint; 0 when there is none. Throws Damaged, or the system's error. */
export function highestSeen(home, fingerprint) {
  return read(home).get(fingerprint) ?? 0;
}

/** Notes `block` when it is the highest so far; the file is replaced as a whole. Throws Damaged, or the system's error. */
export function rememberHeight(home, fingerprint, block) {
  const seen = read(home);
  seen.set(fingerprint, Math.max(block, seen.get(fingerprint) ?? 0));
  const lines = [...seen].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, height]) => `  ${JSON.stringify(name)}: ${height}`);
  makeFolder(home);
  writeFileSync(join(home, "seen.new"), `{\n${lines.join(",\n")}\n}\n`);
  renameSync(join(home, "seen.new"), seenAt(home));
}

export const seenAt = (home) => join(home, "seen.json");
export const trustAt = (home) => join(home, "trust.json");

function read(home) {
  const bytes = contentOf(seenAt(home));
  if (bytes === null) return new Map();
  const content = valueOf(bytes);
  const good = content !== null && typeof content === "object" && !Array.isArray(content) && Object.values(content).every(isHeight);
  if (!good) throw new Damaged(`${seenAt(home)} is damaged`);
  return new Map(Object.entries(content));
}

const isHeight = (value) => Number.isSafeInteger(value) && value >= 0;

function contentOf(path) {
  try {
    return readUpTo(path, MAX_BYTES);
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/** The JSON value of bytes; null where they are none. */
function valueOf(bytes) {
  try {
    return parseFree(bytes, MAX_BYTES);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
