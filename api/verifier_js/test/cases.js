/** The language-neutral vectors as cases that run in Node and in pages: this verifier accepts and refuses as the files say. */
import { checkChain, ed25519Counts, InvalidQuestion, parseAnchor, readQuestion, Refusal, verify, VIEWS } from "../src/index.js";
import { given, unhex } from "./given.js";

const bytesOf = (text) => new TextEncoder().encode(text);

/** Whether two JSON values are the same, members of objects in any order. */
function alike(one, other) {
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return Object.is(one, other);
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return Array.isArray(one) === Array.isArray(other) && keys.length === others.length && keys.every((key) => Object.hasOwn(other, key) && alike(one[key], other[key]));
}

function equal(found, expected, about = "") {
  if (!alike(found, expected)) throw new Error(`${about} found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
}

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

/**
 * All cases, by `read`, which gives a file of vectors as a JSON value. Each has a `name`, and a `run` that throws where the
 * verifier says something else. `seen` counts what ran, as the manifest does: proven by view, refused by step and code.
 */
export function casesOf(read) {
  const manifest = read("manifest.json"), seen = { proven: {}, refused: {} };
  const counted = (counts, name) => (counts[name] = (counts[name] ?? 0) + 1);
  const cases = manifest.files.map((file) => {
    const vector = read(file);
    const run = async () => counted(...(vector.refusal ? await refused(vector, seen) : await proven(vector, seen)));
    return { name: `${file}: ${vector.about}`, run };
  });
  return { cases: [...cases, ...tables(read, manifest), { name: "counts", run: () => counts(seen, manifest) }], seen };
}

async function refused(vector, seen) {
  const found = await refusal(given(vector));
  equal(found, vector.refusal);
  return [seen.refused, `${found.step} ${found.code}`];
}

async function proven(vector, seen) {
  const { anchor_height: _, lasting: __, ...verdict } = await verify(given(vector));
  equal({ ...verdict, answer: vector.verdict.answer && verdict.answer }, { ...vector.verdict, answer: vector.verdict.answer });
  return [seen.proven, vector.question.view];
}

function counts(seen, manifest) {
  equal(VIEWS, Object.keys(manifest.proven_by_view).sort());
  equal(seen, { proven: manifest.proven_by_view, refused: manifest.refused_by_step_and_code });
}

/** The tables: signatures, anchors, chains of trust, questions. */
function tables(read, manifest) {
  const checks = { "ed25519.json": signature, "anchors.json": anchor, "trust-chains.json": trustChain, "questions.json": question };
  return Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => {
      const rows = read(name);
      equal(rows.length, manifest.tables[name], name);
      for (const row of rows) await check(row);
    },
  }));
}

function signature({ key, message, signature: signed, counts: expected, why }) {
  equal(ed25519Counts(unhex(key), unhex(message), unhex(signed)), expected, why);
}

function anchor({ text, fingerprint, about }) {
  let found = null;
  try {
    found = parseAnchor(bytesOf(text)).fingerprint;
  } catch (error) {
    equal(error.code, "shape", about);
  }
  equal(found, fingerprint, about);
}

function trustChain({ about, chain, genesis, now, verdict, refusal: expected, well_formed: good }) {
  let found = null;
  try {
    const { anchor: newest, ...rest } = checkChain({ chain: bytesOf(chain), genesis, now });
    equal(parseAnchor(bytesOf(JSON.stringify(newest))).fingerprint, rest.newest.fingerprint, about);
    found = { verdict: rest };
  } catch (error) {
    if (error instanceof InvalidQuestion) found = { well_formed: false };
    else if (error instanceof Refusal) found = { refusal: { step: error.step, code: error.code } };
    else throw error;
  }
  equal(found, verdict ? { verdict } : good === false ? { well_formed: false } : { refusal: expected }, about);
}

async function question({ text, well_formed: good, about }) {
  let formed = true;
  try {
    await readQuestion(bytesOf(text));
  } catch (error) {
    if (!(error instanceof InvalidQuestion)) throw error;
    formed = false;
  }
  equal(formed, good, about);
}

/** The shortest proven bundle of a view, by its vector. */
export function shortest(read, view) {
  const fitting = read("manifest.json").files.map((file) => read(file)).filter(({ question: asked, verdict, bundle }) => asked.view === view && verdict && bundle);
  return fitting.sort((a, b) => a.bundle.length - b.bundle.length)[0];
}

/** Changes one bit of every `step`th byte of a vector's bundle; how many there were, all refused. Throws where one is proven. */
export async function flipped(vector, step) {
  const input = given(vector);
  let count = 0;
  for (let at = 0; at < input.bundle.length; at += step, count += 1) {
    const bundle = Uint8Array.from(input.bundle);
    bundle[at] ^= 1 << at % 7; // the eighth bit would only make it no UTF-8
    if ((await refusal({ ...input, bundle })) === null) throw new Error(`${vector.about}: byte ${at} may be another one`);
  }
  return count;
}
