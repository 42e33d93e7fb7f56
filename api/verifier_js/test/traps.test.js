/** Traps that stand in no table: what costs time, and what depth is. All others are tests/proofs/vectors/traps.json (cases.js). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { verify } from "../src/index.js";
import { depthOf } from "../src/json.js";
import { given, read } from "./vectors.js";

const bytesOf = (text) => new TextEncoder().encode(text);

test("half a million fields of events that nobody proved are read and refused", async (t) => {
  const history = read("histories/whole.json");
  const shown = `{"event":{"a":[${"1,".repeat(9_998)}1]},"salt":"0x${"00".repeat(16)}"}`;
  const bundle = history.bundle.replace('"disclosures":[', `"disclosures":[${`${shown},`.repeat(50)}`);
  assert.ok(bundle.length > history.bundle.length && bundle.length < 1_048_576);
  const began = process.cpuUsage();
  await assert.rejects(verify({ ...given(history), bundle: bytesOf(bundle) }), (error) => error.step === 8 && error.code === "leaf-proof");
  t.diagnostic(`${Math.round(process.cpuUsage(began).user / 1000)} ms of processor`); // hashed, they took twenty seconds
});

test("brackets in strings are no depth, wherever a string ends", () => {
  const cases = [['["[[[["]', 1], [String.raw`["\"[[","\\",[[]]]`, 3], [String.raw`{"\\\"":{"a":"]"}}`, 2], ['["[[[', 1], ['"\\', 0], ["", 0]];
  for (const [text, depth] of cases) assert.equal(depthOf(text), depth, text);
});
