/** What callers give: of another kind or name it is their mistake, and never made to fit, which could make a check looser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { checkChain, ed25519Counts, InvalidQuestion, parseAnchor, readQuestion, verify, warm } from "../src/index.js";
import { isGs1, itemForm } from "../src/items.js";
import { linesOf, numberText, spaced, supportsOf } from "../src/sentences.js";
import { given, read } from "./vectors.js";

const vector = read("views/item-events-1.json");
const acts = read("views/acts-1.json");
const chains = read("trust-chains.json");
const good = given(vector);
const text = new TextDecoder().decode(good.bundle);

/** Values of every kind but the one that is asked for; each is, or turns into, something that would do. */
const others = (like) => [
  undefined, null, true, false, 7, 7n, NaN, "", "7", Symbol("7"), [], [like], {}, () => like, new Date(7_000), new Map([[0, like]]), Object(like), Object.create({ like }),
  { toString: () => like, valueOf: () => like, [Symbol.toPrimitive]: () => like }, { length: 32, [Symbol.toStringTag]: "Uint8Array" },
];
const isBytes = (value) => value instanceof Uint8Array;
const noBytes = () => [...others(good.bundle).filter((value) => !isBytes(value)), text, [...good.bundle.subarray(0, 9)], good.bundle.buffer, new Uint16Array(9), new DataView(good.bundle.buffer)];
const noText = (like) => [...others(like).filter((value) => typeof value !== "string"), new TextEncoder().encode(like)];
const noWhole = () => [...others(7).filter((value) => value !== 7), -1, 1.5, Infinity, 2 ** 53];
const named = (value) => `${typeof value} ${Object.prototype.toString.call(value)}`;

/** Each value ends in a TypeError, thrown or as a promise that is rejected. */
async function refuses(values, act) {
  for (const value of values) await assert.rejects(async () => act(value), TypeError, named(value));
}

test("verify: bundle, anchor, clock, ages and heights", async () => {
  await verify(good);
  await verify({ ...good, maxAge: undefined, minimumHeight: undefined });
  await refuses(noBytes(), (bundle) => verify({ ...good, bundle }));
  await refuses(noBytes(), (anchor) => verify({ ...good, anchor }));
  await refuses(noWhole(), (now) => verify({ ...good, now }));
  await refuses(noWhole().filter((value) => value !== null && value !== undefined), (maxAge) => verify({ ...good, maxAge }));
  await refuses([...noWhole().filter((value) => value !== undefined && value !== 7n), -1n], (minimumHeight) => verify({ ...good, minimumHeight }));
});

test("bytes of another page are bytes", async () => {
  const bundle = runInNewContext("Uint8Array.from(list)", { list: [...good.bundle] });
  assert.ok(!(bundle instanceof Uint8Array));
  await verify({ ...good, bundle });
  await verify({ ...good, bundle: Buffer.from(good.bundle) });
});

test("a name that is misspelled is refused: what it was to limit would not be limited", async () => {
  for (const name of ["maxage", "max_age", "minimum_height", "minHeight", "trust"]) await assert.rejects(verify({ ...good, [name]: 600 }), TypeError, name);
  assert.throws(() => checkChain({ ...chainInput(), Now: 1 }), TypeError);
  await refuses([undefined, null, "", 7], (input) => verify(input));
  await refuses([undefined, null, "", 7], (input) => checkChain(input));
});

test("a question is a value as JSON has them", async () => {
  const { view, parameters } = acts.question;
  const { parameters: { item } } = vector.question;
  class Asked {
    view = view;
    parameters = parameters;
  }
  const computed = { view, get parameters() { return parameters; } };
  const hidden = Object.defineProperty({ view, parameters }, "more", { value: 1 });
  const around = { view, parameters };
  around.parameters = around;
  const questions = [
    ...others(view), new Asked(), computed, hidden, around, Object.create({ view, parameters }), { "parameters,view": 1 }, { view, parameters, [Symbol("x")]: 1 },
    ...others(parameters).filter((value) => value !== parameters).map((value) => ({ view, parameters: value })), ...others(view).map((value) => ({ view: value, parameters })),
    ...others(item).filter((value) => typeof value !== "string").map((value) => ({ view: "item-events/1", parameters: { item: value } })),
    { view: "raw-storage/1", parameters: { address: `0x${"00".repeat(20)}`, slots: Object.assign([], { 1: `0x${"00".repeat(32)}` }) } },
  ];
  for (const question of questions) await assert.rejects(verify({ ...given(acts), question }), InvalidQuestion, named(question));
  const plain = runInNewContext("JSON.parse(text)", { text: JSON.stringify(acts.question) });
  for (const question of [plain, Object.assign(Object.create(null), acts.question)]) await verify({ ...given(acts), question });
});

test("texts of questions, anchors and anchor chains are bytes; a code is a text", async () => {
  await refuses(noBytes(), readQuestion);
  await refuses(noBytes(), parseAnchor);
  const input = chainInput();
  checkChain(input);
  await refuses(noBytes(), (chain) => checkChain({ ...input, chain }));
  await refuses(noText(input.genesis), (genesis) => checkChain({ ...input, genesis }));
  await refuses(noWhole(), (now) => checkChain({ ...input, now }));
  assert.throws(() => checkChain({ ...input, genesis: "" }), InvalidQuestion);
});

test("key, message and signature are bytes: a text's letters would all be 0", async () => {
  const zeros = (length) => new Uint8Array(length);
  assert.equal(ed25519Counts(zeros(32), zeros(1), zeros(64)), false);
  await refuses(noBytes(), (key) => ed25519Counts(key, zeros(1), zeros(64)));
  await refuses(noBytes(), (message) => ed25519Counts(zeros(32), message, zeros(64)));
  await refuses(noBytes(), (signature) => ed25519Counts(zeros(32), zeros(1), signature));
});

test("an item's URI is a text", async () => {
  const uri = "https://shop.example/01/9521234567899/21/77";
  assert.ok(isGs1(uri));
  await refuses(noText(uri), itemForm);
  await refuses(noText(uri), isGs1);
});

test("sentences are of a question, a verdict and values as JSON has them", async () => {
  const verdict = await verify(good);
  linesOf(vector.question, verdict);
  for (const view of ["constructor/1", "__proto__/1", "none/1", "toString"]) assert.throws(() => supportsOf({ view, parameters: {} }, verdict), TypeError, view);
  await refuses(noText(vector.question.view), (view) => supportsOf({ view, parameters: vector.question.parameters }, verdict));
  for (const name of ["header_height", "block"]) await refuses(others("7").filter((value) => value !== "7"), (value) => supportsOf(vector.question, { ...verdict, [name]: value }));
  await refuses(others("7").filter((value) => value !== "7"), (count) => supportsOf(vector.question, { ...verdict, answer: { ...verdict.answer, count } }));
  for (const value of [undefined, NaN, 7n, new Date(0), [undefined], { a: () => 1 }, new Map(), Object("7")]) assert.throws(() => spaced(value), TypeError, named(value));
  assert.deepEqual([{ b: 1, a: 2 }, { b: 1, a: 2 }].map(spaced), Array(2).fill('{"b": 1, "a": 2}')); // the place in a list is no second argument
  await refuses(others(7).filter((value) => value !== 7), numberText);
});

test("warming takes names of views, and changes no verdict", async () => {
  const before = await verify(good);
  assert.equal(await warm(), undefined);
  await warm([vector.question.view]);
  assert.deepEqual(await verify(good), before);
  await assert.rejects(warm(["none/1"]), InvalidQuestion);
  await assert.rejects(warm(["__proto__"]), InvalidQuestion);
  await refuses(["item-events/1", null, {}, new Set(), 7], warm);
});

/** A chain of anchors that is good. */
function chainInput() {
  const { chain, genesis, now } = chains.find((row) => row.verdict);
  return { chain: new TextEncoder().encode(chain), genesis, now };
}
