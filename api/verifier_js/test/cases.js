/** The language-neutral vectors as cases that run in Node and in pages: this verifier accepts and refuses as the files say. */
import { checkChain, ed25519Counts, InvalidQuestion, parseAnchor, readQuestion, Refusal, verify, VIEWS } from "../src/index.js";
import { changedBy, given, unhex } from "./given.js";

/** The vector that all traps are made of. */
const TRAPPED = "views/item-events-1.json";
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

/** The tables: signatures, anchors, chains of trust, questions, traps. */
function tables(read, manifest) {
  const checks = { "ed25519.json": signature, "anchors.json": anchor, "trust-chains.json": trustChain, "questions.json": question, "traps.json": (row) => trap(row, read(TRAPPED)) };
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

async function trap({ kind, about, of, refusal: expected, ...place }, vector) {
  const good = given(vector), changed = changedBy(of === "bundle" ? good.bundle : new Uint8Array(), place);
  let found;
  try {
    const question = of === "question" ? await readQuestion(changed) : good.question;
    found = await refusal({ ...good, ...(of === "bundle" && { bundle: changed }), ...(of === "anchor" && { anchor: changed }), question });
  } catch (error) {
    if (!(error instanceof InvalidQuestion)) throw error;
  }
  equal(found ?? "no question", expected ?? "no question", `${kind}: ${about}`);
  equal(({}).polluted ?? null, null, `${kind}: ${about} left something behind`);
}

/** The shortest proven bundle of a view, by its vector. */
export function shortest(read, view) {
  const fitting = read("manifest.json").files.map((file) => read(file)).filter(({ question: asked, verdict, bundle }) => asked.view === view && verdict && bundle);
  return fitting.sort((a, b) => a.bundle.length - b.bundle.length)[0];
}

/** One bit of the byte at a place; the eighth one would only make it no UTF-8. */
export const oneBit = (at) => 1 << at % 7;

/** What the byte at a place is XORed with: a value from 1 to 255 that `seed` and the place choose, whichever places are tried. */
export const chosenBy = (seed) => (at) => {
  let mixed = Math.imul((at ^ seed) + 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return 1 + ((mixed ^ (mixed >>> 16)) >>> 0) % 255;
};

/** Changes every `step`th byte of a vector's bundle by XOR; how many there were, all refused. Throws where one is proven. */
export async function changed(vector, step, maskOf) {
  const input = given(vector);
  let count = 0;
  for (let at = 0; at < input.bundle.length; at += step, count += 1) {
    const bundle = Uint8Array.from(input.bundle), mask = maskOf(at);
    bundle[at] ^= mask;
    if ((await refusal({ ...input, bundle })) === null) throw new Error(`${vector.about}: byte ${at} may be another one (XOR ${mask})`);
  }
  return count;
}
