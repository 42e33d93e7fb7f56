/** The language-neutral vectors: this verifier accepts and refuses as the files say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkChain, ed25519Counts, InvalidQuestion, parseAnchor, readQuestion, Refusal, verify, VIEWS } from "../src/index.js";
import { given, read, unhex } from "./vectors.js";

const known = (question) => Object.hasOwn(VIEWS, question?.view);
const vectors = read("manifest.json").files.map((file) => ({ file, ...read(file) })).filter(({ question }) => known(question));
const FLIPPED_EVERY = 61;

/** The refusal that `verify` throws. */
function refusal(input) {
  try {
    verify(input);
  } catch (error) {
    if (error instanceof Refusal) return { step: error.step, code: error.code };
    throw error;
  }
  return null;
}

test("there are vectors of every view of this verifier, proven and refused", () => {
  for (const view of Object.keys(VIEWS)) {
    const own = vectors.filter(({ question }) => question.view === view);
    assert.ok(own.some(({ verdict }) => verdict) && own.some(({ refusal: refused }) => refused), view);
  }
});

for (const vector of vectors) {
  test(`${vector.file}: ${vector.about}`, () => {
    if (vector.refusal) return assert.deepEqual(refusal(given(vector)), vector.refusal);
    const verdict = verify(given(vector));
    const { newer_anchor: _, ...expected } = vector.verdict;
    assert.deepEqual({ ...verdict, answer: expected.answer && verdict.answer }, { ...expected, answer: expected.answer });
  });
}

test("a changed byte is refused", () => {
  for (const view of Object.keys(VIEWS)) {
    const vector = vectors.find(({ question, verdict, bundle }) => question.view === view && verdict && bundle);
    const input = given(vector);
    for (let at = 0; at < input.bundle.length; at += FLIPPED_EVERY) {
      const bundle = Uint8Array.from(input.bundle);
      bundle[at] ^= 1;
      assert.ok(refusal({ ...input, bundle }), `${vector.file}, byte ${at}`);
    }
  }
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

/** The view that a text asks for, if it is JSON at all. */
function viewOf(text) {
  try {
    return JSON.parse(text)?.view;
  } catch {
    return undefined;
  }
}

test("questions of these views", () => {
  const others = Object.keys(read("manifest.json").proven_by_view).filter((view) => !Object.hasOwn(VIEWS, view));
  const rows = read("questions.json").filter(({ text }) => !others.includes(viewOf(text)));
  assert.ok(rows.length > 20);
  for (const { text, well_formed: good, about } of rows) {
    let formed = true;
    try {
      readQuestion(new TextEncoder().encode(text));
    } catch (error) {
      assert.ok(error instanceof InvalidQuestion, `${about}: ${error}`);
      formed = false;
    }
    assert.equal(formed, good, about);
  }
});
