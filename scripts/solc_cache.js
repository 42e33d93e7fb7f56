// What solc said before to the same input, byte for byte: its answers are kept, so that unchanged contracts cost no minute.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

const MOST_KEPT = 32;
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "liveledger", "solc");

/** The output text of compiler `version` for standard JSON `input`; `compile` is called when it is not known. */
export async function cached(version, input, compile) {
  const path = join(folder, `${createHash("sha256").update(`${version}\n${input}`).digest("hex")}.json.gz`);
  const known = recall(path);
  if (known !== undefined) return known;
  const output = await compile();
  // Errors are not kept: they are few, and who meets one wants to see the compiler say it.
  if (!JSON.parse(output).errors?.some((error) => error.severity === "error")) keep(path, output);
  return output;
}

// A file that is not whole fails gzip's checksum, and counts as none.
function recall(path) {
  try {
    const output = gunzipSync(readFileSync(path)).toString("utf8");
    const now = new Date();
    utimesSync(path, now, now);
    return output;
  } catch {
    return undefined;
  }
}

function keep(path, output) {
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, gzipSync(output, { level: 1 }));
  renameSync(unfinished, path);
  const used = (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newestFirst = readdirSync(folder).sort((one, other) => used(other) - used(one));
  for (const name of newestFirst.slice(MOST_KEPT)) rmSync(join(folder, name), { force: true });
}
