/** The language-neutral vectors: this verifier accepts and refuses as the files say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkChain, ed25519Counts, InvalidQuestion, parseAnchor, readQuestion, Refusal, verify, VIEWS } from "../src/index.js";
import { given, read, unhex } from "./vectors.js";

const manifest = read("manifest.json");
const vectors = manifest.files.map((file) => ({ file, ...read(file) }));
/** Each byte in a slow run (six minutes), else some. */
const FLIPPED_EVERY = process.env.LIVELEDGER_EVERY_BYTE ? 1 : 61;

/** The refusal that `verify` throws; null where the bundle is proven. */
async function refusal(input) {
  try {
    await verify(input);
  } catch (error) {
    if (error instanceof Refusal) return { step: error.step, code: error.code };
    throw error;
  }
  return null;
}

/** What was seen while the vectors ran, to be compared with the manifest's counts. */
const seen = { proven: {}, refused: {} };
const counted = (counts, name) => (counts[name] = (counts[name] ?? 0) + 1);

for (const vector of vectors) {
  test(`${vector.file}: ${vector.about}`, async () => {
    if (vector.refusal) {
      const found = await refusal(given(vector));
      assert.deepEqual(found, vector.refusal);
      return counted(seen.refused, `${found.step} ${found.code}`);
    }
    const { anchor_height: _, lasting: __, ...verdict } = await verify(given(vector));
    assert.deepEqual({ ...verdict, answer: vector.verdict.answer && verdict.answer }, { ...vector.verdict, answer: vector.verdict.answer });
    return counted(seen.proven, vector.question.view);
  });
}

test("every view is known, and as many were proven and refused as there are", (context) => {
  assert.deepEqual(VIEWS, Object.keys(manifest.proven_by_view).sort());
  assert.deepEqual(seen.proven, manifest.proven_by_view);
  assert.deepEqual(seen.refused, manifest.refused_by_step_and_code);
  context.diagnostic(`counted ${JSON.stringify(seen)}`);
});

test("a changed byte is refused", async (context) => {
  let count = 0;
  for (const view of VIEWS) {
    const [vector] = vectors
      .filter(({ question, verdict, bundle }) => question.view === view && verdict && bundle)
      .sort((a, b) => a.bundle.length - b.bundle.length);
    const input = given(vector);
    for (let at = 0; at < input.bundle.length; at += FLIPPED_EVERY) {
      const bundle = Uint8Array.from(input.bundle);
      bundle[at] ^= 1;
      assert.ok(await refusal({ ...input, bundle }), `${vector.file}, byte ${at}`);
      count += 1;
    }
  }
  context.diagnostic(`flipped ${count} bytes of ${VIEWS.length} bundles, one a view`);
});

test("signatures count by our rule", () => {
  for (const { key, message, signature, counts, why } of read("ed25519.json")) {
    assert.equal(ed25519Counts(unhex(key), unhex(message), unhex(signature)), counts, why);
  }
});

test("anchors and their fingerprints", () => {
  for (const { text, fingerprint, about } of read("anchors.json")) {
    let found = null;
    try {
      found = parseAnchor(new TextEncoder().encode(text)).fingerprint;
    } catch (error) {
      assert.equal(error.code, "shape", about);
    }
    assert.equal(found, fingerprint, about);
  }
});

test("anchor chains from the code of a genesis", () => {
  const rows = read("trust-chains.json");
  assert.ok(rows.length > 15);
  for (const { about, chain, genesis, now, verdict, refusal: expected, well_formed: good } of rows) {
    let found = null;
    try {
      const { anchor, ...rest } = checkChain({ chain: new TextEncoder().encode(chain), genesis, now });
      assert.equal(parseAnchor(new TextEncoder().encode(JSON.stringify(anchor))).fingerprint, rest.newest.fingerprint, about);
      found = { verdict: rest };
    } catch (error) {
      if (error instanceof InvalidQuestion) found = { well_formed: false };
      else if (error instanceof Refusal) found = { refusal: { step: error.step, code: error.code } };
      else throw error;
    }
    assert.deepEqual(found, verdict ? { verdict } : good === false ? { well_formed: false } : { refusal: expected }, about);
  }
});

test("questions", async () => {
  const rows = read("questions.json");
  assert.equal(rows.length, manifest.tables["questions.json"]);
  for (const { text, well_formed: good, about } of rows) {
    let formed = true;
    try {
      await readQuestion(new TextEncoder().encode(text));
    } catch (error) {
      assert.ok(error instanceof InvalidQuestion, `${about}: ${error}`);
      formed = false;
    }
    assert.equal(formed, good, about);
  }
});
