/** The folder of a ledger that `liveledger` keeps too: its trust anchor, and the highest block that was seen under each anchor. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** The folder of ledger `name` under `root`, or `LIVELEDGER_HOME`, or `~/.liveledger`; null where that is no name of a ledger. */
export function homeOf(root, name) {
  if (!NAME.test(name)) return null;
  return join(resolve(root || process.env.LIVELEDGER_HOME || join(homedir(), ".liveledger")), name);
}

/** The highest block seen under an anchor, by its fingerprint; 0 when there is none. Null where the file is damaged. */
export function highestSeen(home, fingerprint) {
  const seen = read(home);
  return seen && (seen.get(fingerprint) ?? 0);
}

/** Notes `block` when it is the highest so far; the file is replaced as a whole. */
export function rememberHeight(home, fingerprint, block) {
  const seen = read(home);
  seen.set(fingerprint, Math.max(block, seen.get(fingerprint) ?? 0));
  const lines = [...seen].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, height]) => `  ${JSON.stringify(name)}: ${height}`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "seen.new"), `{\n${lines.join(",\n")}\n}\n`);
  renameSync(join(home, "seen.new"), seenAt(home));
}

export const seenAt = (home) => join(home, "seen.json");
export const trustAt = (home) => join(home, "trust.json");

function read(home) {
  let content;
  try {
    content = JSON.parse(readFileSync(seenAt(home), "utf8"));
  } catch (error) {
    return error.code === "ENOENT" ? new Map() : null;
  }
  if (content === null || typeof content !== "object" || Array.isArray(content)) return null;
  return Object.values(content).every(Number.isSafeInteger) ? new Map(Object.entries(content)) : null;
}
