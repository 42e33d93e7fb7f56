/** Asks LiveLedger's API and checks the answer here. For pages and for Node: copy it, and keep what you need. */
import { InvalidQuestion, parseAnchor, readQuestion, Refusal, verify } from "@liveledger/verifier";
import { ItemRefused } from "@liveledger/verifier/items";

const MAX_BYTES = 1_048_576;
const MAX_AGE_SECONDS = 600;
const TRIES = 30;

/** What the API answers in place of a bundle: `code`, `hint`, and `anchorHeight` where it takes a newer anchor to ask. */
export class ApiProblem extends Error {
  constructor(status, { detail, code, hint, anchor_height: height } = {}) {
    super(String(detail ?? `the API answered ${status}`));
    Object.assign(this, { status, code: String(code ?? `http-${status}`), hint: String(hint ?? ""), anchorHeight: height });
  }
}

/**
 * The verdict on `question`, which the API answers at `path`. Only what it proves is shown: `verdict.answer`.
 * `seen` is the highest block that was seen under this anchor before (`seenIn` of the last verdict): an answer about now is of none below it.
 * Throws Refusal (nothing of the answer is to be used), ApiProblem, or InvalidQuestion before anything is asked; TypeError is fetch's own.
 */
export async function ask({ api, path, question, anchor, seen = 0n, maxAge = MAX_AGE_SECONDS }) {
  await readQuestion(new TextEncoder().encode(JSON.stringify(question)));
  const query = new URLSearchParams({ proof: "bundle", since: parseAnchor(anchor).height });
  const bundle = await bundleAt(`${api}${path}?${query}`);
  const verdict = await verify({ bundle, anchor, question, now: Math.floor(Date.now() / 1000), minimumHeight: seen });
  // What no later block changes may be of any age.
  if (!verdict.lasting && !(verdict.age_seconds <= maxAge)) throw new Refusal(6, "stale", `the answer is ${verdict.age_seconds} s old`);
  return verdict;
}

/** The block to remember: the one under the header that was signed. */
export const seenIn = (verdict) => BigInt(verdict.header_height) - 1n;

/** What to do about an error of `ask`, as a sentence for people. */
export function adviceOn(error) {
  if (error instanceof Refusal) return error.hint;
  if (error instanceof InvalidQuestion) return "write what you ask for: an item's URI has 1 to 2,048 characters";
  if (error instanceof ItemRefused) return "write the item's URI as it stands on the goods";
  if (!(error instanceof ApiProblem)) return "is the address right, and does the server answer?";
  if (error.anchorHeight === undefined) return error.hint;
  return `take a trust anchor of height ${error.anchorHeight} or above from a member that you trust, and compare its fingerprint`;
}

/** The bytes of a bundle as they come; waits while the proof waits for its block. */
async function bundleAt(url) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const response = await fetch(url, { headers: { Accept: "application/vnd.liveledger.proof+json" } });
    const bytes = await bounded(response);
    if (response.status === 200) return bytes;
    if (response.status !== 202) throw new ApiProblem(response.status, parsed(bytes));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new ApiProblem(202, { detail: "the proof still waits for its block", code: "pending", hint: "does the chain make blocks? ask again" });
}

/** A body, but no more of it than a bundle has. */
async function bounded(response) {
  const parts = [];
  let length = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(value);
    length += value.length;
    if (length > MAX_BYTES) {
      await reader.cancel();
      throw new ApiProblem(response.status, { detail: `the answer has more than ${MAX_BYTES} bytes`, code: "too-large", hint: "ask for a page" });
    }
  }
}

function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) ?? undefined;
  } catch {
    return undefined;
  }
}
