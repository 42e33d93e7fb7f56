/** What parsers of JSON get wrong, and what is larger or deeper than it may be: refused by name, and without harm. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidQuestion, parseAnchor, readQuestion, Refusal, verify } from "../src/index.js";
import { depthOf } from "../src/json.js";
import { given, read } from "./vectors.js";

const bytesOf = (text) => new TextEncoder().encode(text);
const good = read("views/item-events-1.json");
const MIB = 1_048_576;

/** What comes of the good vector with another text as its bundle. */
async function outcome(bundle, changes = {}) {
  try {
    await verify({ ...given(good), bundle: typeof bundle === "string" ? bytesOf(bundle) : bundle, ...changes });
    return "proven";
  } catch (error) {
    if (error instanceof Refusal) return `${error.step} ${error.code}`;
    if (error instanceof InvalidQuestion) return "invalid question";
    throw error;
  }
}

/** The good bundle with a member more in its first event, its value in the text given. */
const withMember = (name, value) => good.bundle.replace('"documents":[{"event":{', `"documents":[{"event":{${name}:${value},`);

test("the bundle that the others are made of is proven", async () => {
  assert.equal(await outcome(good.bundle), "proven");
  assert.notEqual(withMember('"0"', "1"), good.bundle);
});

test("numbers: what programs read differently is refused, what is one double has its own fault", async () => {
  for (const number of ["9007199254740993", "9007199254740992", "-9007199254740992", "123456789012345678901", "-0", "1.0", "1e5", "1E+21", "01", "NaN", "1e999"]) {
    assert.equal(await outcome(withMember('"0"', number)), "1 shape", number);
  }
  for (const number of ["9007199254740991", "-9007199254740991", "1e+21", "0.5", "5e-324"]) {
    assert.equal(await outcome(withMember('"0"', number)), "8 leaf-proof", number);
  }
});

test("keys: twice, out of order, and names that objects have of themselves", async () => {
  assert.equal(await outcome(good.bundle.replace('{"answer":', '{"answer":null,"answer":')), "1 shape");
  assert.equal(await outcome(withMember('"zz"', "1")), "1 shape");
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assert.equal(await outcome(good.bundle.replace(/\}$/, `,"${name}":{}}`)), "1 shape", name);
    const question = { view: name, parameters: {} };
    assert.equal(await outcome(good.bundle, { question }), "invalid question", name);
    assert.equal(await outcome(good.bundle, { question: JSON.parse(`{"view":"item-events/1","parameters":{"${name}":"x"}}`) }), "invalid question", name);
  }
  const section = good.bundle.replace('"evidence":{', '"evidence":{"__proto__":null,');
  assert.equal(await outcome(section), "1 shape");
  assert.equal(({}).polluted, undefined);
});

test("a member called __proto__ is a field like any other: its event is another one", async () => {
  assert.equal(await outcome(withMember('"__proto__"', '{"polluted":true}')), "8 leaf-proof");
  assert.equal(({}).polluted, undefined);
});

test("texts: half surrogate pairs, wrong UTF-8, byte order marks", async () => {
  assert.equal(await outcome(withMember('"0"', '"\\ud800"')), "1 shape");
  assert.equal(await outcome(withMember('"0"', '"\\udc00x"')), "1 shape");
  assert.equal(await outcome(withMember('"\\ud800"', "1")), "1 shape");
  assert.equal(await outcome(`\ufeff${good.bundle}`), "1 shape");
  const bytes = bytesOf(good.bundle);
  bytes[bytes.indexOf(0x61)] = 0xff;
  assert.equal(await outcome(bytes), "1 shape");
});

test("texts are measured in code points", async () => {
  const item = (length) => ({ view: "item-events/1", parameters: { item: "😀".repeat(length) } });
  assert.equal(await outcome(good.bundle, { question: item(2_048) }), "2 wrong-question");
  assert.equal(await outcome(good.bundle, { question: item(2_049) }), "invalid question");
  const named = (length) => bytesOf(JSON.stringify({ ...good.anchor, chain_id: "😀".repeat(length) }));
  assert.equal(await outcome(good.bundle, { anchor: named(50) }), "2 wrong-chain");
  assert.equal(await outcome(good.bundle, { anchor: named(51) }), "1 shape");
});

test("size and depth are looked at before anything is parsed", async () => {
  assert.equal(await outcome("[".repeat(MIB)), "1 shape");
  assert.equal(await outcome('{"a":'.repeat(MIB / 5)), "1 shape");
  assert.equal(await outcome(`"${"a".repeat(MIB - 2)}"`), "1 shape");
  assert.equal(await outcome(`"${"a".repeat(MIB - 1)}"`), "1 shape");
  assert.equal(await outcome(new Uint8Array(16 * MIB)), "1 shape");
  assert.equal(await outcome(`"${"\\".repeat(MIB / 2)}"`), "1 shape");
  const deep = (levels) => withMember('"0"', "[".repeat(levels) + "]".repeat(levels));
  assert.equal(await outcome(deep(31)), "8 leaf-proof");
  assert.equal(await outcome(deep(32)), "1 shape");
});

test("lists end at 10,000 entries, and one that long is read to its fault", async () => {
  const documents = (count) => good.bundle.replace(/"documents":\[/, `"documents":[${"null,".repeat(count)}`);
  assert.equal(await outcome(documents(9_000)), "8 leaf-proof");
  assert.equal(await outcome(documents(10_000)), "1 shape");
  const later = (count) => good.bundle.replace('"later":[', `"later":[${Array(count).fill(`"0x${"00".repeat(32)}"`).join()}${good.bundle.includes('"later":[]') ? "" : ","}`);
  assert.equal(await outcome(later(10_000)), "9 incomplete");
  assert.equal(await outcome(later(10_001)), "1 shape");
});

test("decimal strings and hex have one spelling, and no end that overflows", async () => {
  const height = (text) => good.bundle.replace(/"height":"[0-9]+"/, `"height":${text}`);
  for (const text of ['"01"', '"+1"', '"-1"', '" 1"', '"1\\n"', '"１"', '"9223372036854775808"', `"${"9".repeat(100_000)}"`, "1", "null"]) {
    assert.equal(await outcome(height(text)), "1 shape", text.slice(0, 20));
  }
  const hash = (text) => good.bundle.replace(/"app_hash":"0x[0-9a-f]+"/, `"app_hash":${text}`);
  for (const text of ['"0xAB"', '"0x0"', '"0X00"', '"00"', `"0x${"00".repeat(31)}"`, '"0x\\u0030\\u0030"']) {
    assert.equal(await outcome(hash(text)), "1 shape", text);
  }
});

test("anchors and questions in free spelling keep keys, numbers, size and depth", async () => {
  const text = JSON.stringify(good.anchor);
  const refused = (anchor) => assert.throws(() => parseAnchor(bytesOf(anchor)), (error) => error instanceof Refusal && error.code === "shape");
  parseAnchor(bytesOf(` ${text.replace("{", "{\n")}`));
  refused(text.replace("{", '{"format":"liveledger-trust/1",'));
  refused(text.replace("{", '{"\\u0066ormat":"liveledger-trust/1",'));
  for (const nanos of ["0.0", "-0", "0e0", "1e999", "9007199254740993"]) refused(text.replace('"nanos":0', `"nanos":${nanos}`));
  refused(`${text.slice(0, -1)},"x":${"[".repeat(50)}${"]".repeat(50)}}`);
  refused(`${" ".repeat(262_144)}${text}`);
  const asked = (question) => assert.rejects(readQuestion(bytesOf(question)), InvalidQuestion);
  await asked('{"view":"item-events/1","view":"item-events/1","parameters":{"item":"a"}}');
  await asked(`{"view":"item-events/1","parameters":{"item":"a"}}${" ".repeat(65_536)}`);
  await asked(`{"view":"item-events/1","parameters":${"[".repeat(60_000)}`);
  await asked('{"view":"item-events/1","parameters":{"item":"\\ud800"}}');
  await asked('{"view":["item-events/1"],"parameters":{"item":"a"}}');
});

test("an input of another kind is the caller's mistake, and no check is looser for it", async () => {
  const given = { bundle: bytesOf(good.bundle), anchor: bytesOf(JSON.stringify(good.anchor)), question: good.question, now: good.now };
  await verify(given);
  for (const now of ["", false, null, [], "1", 1.5, NaN, -1, 2 ** 53, undefined]) await assert.rejects(verify({ ...given, now }), TypeError, String(now));
  for (const minimumHeight of ["", "7", null, false, -1, -1n, 0.5]) await assert.rejects(verify({ ...given, minimumHeight }), TypeError, String(minimumHeight));
  for (const maxAge of ["", "7", false, -1, 0.5]) await assert.rejects(verify({ ...given, maxAge }), TypeError, String(maxAge));
  for (const bytes of [null, undefined, good.bundle, given.bundle.buffer, [...given.bundle.slice(0, 9)], JSON.parse(good.bundle)]) {
    await assert.rejects(verify({ ...given, bundle: bytes }), TypeError);
    await assert.rejects(verify({ ...given, anchor: bytes }), TypeError);
  }
});

test("half a million fields of events that nobody proved are read and refused", async (t) => {
  const history = read("histories/whole.json");
  const shown = `{"event":{"a":[${"1,".repeat(9_998)}1]},"salt":"0x${"00".repeat(16)}"}`;
  const bundle = history.bundle.replace('"disclosures":[', `"disclosures":[${`${shown},`.repeat(50)}`);
  assert.ok(bundle.length > history.bundle.length && bundle.length < MIB);
  const began = process.cpuUsage();
  await assert.rejects(verify({ ...given(history), bundle: bytesOf(bundle) }), (error) => error.step === 8 && error.code === "leaf-proof");
  t.diagnostic(`${Math.round(process.cpuUsage(began).user / 1000)} ms of processor`); // hashed, they took twenty seconds
});

test("brackets in strings are no depth, wherever a string ends", () => {
  const cases = [['["[[[["]', 1], [String.raw`["\"[[","\\",[[]]]`, 3], [String.raw`{"\\\"":{"a":"]"}}`, 2], ['["[[[', 1], ['"\\', 0], ["", 0]];
  for (const [text, depth] of cases) assert.equal(depthOf(text), depth, text);
});
