/** The declarations: what is exported is declared, and every question and answer among the vectors has the declared type. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as api from "../src/index.js";
import * as items from "../src/items.js";
import * as sentences from "../src/sentences.js";
import { read } from "./vectors.js";

const TSC = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
const source = (name) => fileURLToPath(new URL(`../src/${name}.js`, import.meta.url));
const OPTIONS = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2023"];
const MAX_BYTES = 20_000;

/** Answers of each view that differ in which fields there are and which are null. */
function shapes(view) {
  const found = new Map();
  for (const file of read("manifest.json").files) {
    const { question, verdict } = read(file);
    if (question?.view !== view || !verdict?.answer) continue;
    const text = JSON.stringify(verdict.answer);
    const shape = text.replaceAll(/"(?:[^"\\]|\\.)*"(?!:)/g, "s");
    if (text.length < MAX_BYTES && !found.has(shape)) found.set(shape, { question, answer: text });
  }
  return [...found.values()];
}

/** A program that says of each export and answer which type it has; `wrong` is what must be refused. */
function program(wrong) {
  const lines = [
    `import * as api from ${JSON.stringify(source("index"))};`,
    `import * as sentences from ${JSON.stringify(source("sentences"))};`,
    `import * as items from ${JSON.stringify(source("items"))};`,
    `const names: Record<keyof typeof api, true> = ${JSON.stringify(Object.fromEntries(Object.keys(api).map((name) => [name, true])))};`,
    `const more: Record<keyof typeof sentences, true> = ${JSON.stringify(Object.fromEntries(Object.keys(sentences).map((name) => [name, true])))};`,
    `const others: Record<keyof typeof items, true> = ${JSON.stringify(Object.fromEntries(Object.keys(items).map((name) => [name, true])))};`,
    `const views: Record<api.View, true> = ${JSON.stringify(Object.fromEntries(api.VIEWS.map((view) => [view, true])))};`,
    `async function asked(bundle: Uint8Array, anchor: Uint8Array): Promise<string> {`,
    `  const question = { view: "stock/1", parameters: { brand: "1", sku: "A", place: "0000000000000" } } as const;`,
    `  const verdict = await api.verify({ bundle, anchor, question, now: 0 });`,
    `  const { complete } = sentences.supportsOf(question, verdict);`,
    `  return verdict.answer.available + verdict.block + complete;`,
    `}`,
  ];
  for (const view of api.VIEWS) {
    const found = shapes(view);
    assert.ok(found.length > 0, view);
    for (const { question, answer } of found) {
      lines.push(`{ const question: api.Question & { view: ${JSON.stringify(view)} } = ${JSON.stringify(question)}; void question; }`);
      lines.push(`{ const answer: api.AnswerOf<${JSON.stringify(view)}> = ${answer}; void answer; }`);
    }
  }
  return [...lines, "void [names, more, others, views, asked];", ...wrong].join("\n");
}

/** What tsc says of a program: its errors, line by line. */
function checked(text) {
  const folder = mkdtempSync(join(tmpdir(), "types-"));
  try {
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    writeFileSync(join(folder, "program.ts"), text);
    const { stdout } = spawnSync(process.execPath, [TSC, ...OPTIONS, "program.ts"], { cwd: folder, encoding: "utf8" });
    return stdout.split("\n").filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("exports, questions and answers have the declared types, and others have not", () => {
  const wrong = [
    `{ const answer: api.AnswerOf<"stock/1"> = { known_sku: true }; void answer; }`,
    `{ const question: api.Question = { view: "stock/1", parameters: { brand: "1", sku: "A" } }; void question; }`,
  ];
  const text = program(wrong);
  const count = text.split(/[\n\u2028\u2029]/).length; // the ends of lines that tsc counts
  const said = checked(text).filter((line) => /^program\.ts|error/.test(line));
  const places = said.map((line) => Number(/^program\.ts\((\d+),/.exec(line)?.[1]));
  assert.deepEqual(places, [count - 1, count], said.join("\n"));
});
