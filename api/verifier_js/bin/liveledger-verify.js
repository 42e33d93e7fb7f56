#!/usr/bin/env node
/** liveledger-verify BUNDLE --trust TRUST --question QUESTION: what `liveledger verify` says, with its exit codes. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { parseArgs } from "node:util";
import { hintOf } from "../src/hints.js";
import { InvalidQuestion, parseAnchor, readQuestion, Refusal, verify } from "../src/index.js";
import { MAX_BUNDLE_BYTES } from "../src/bundle.js";
import { printable } from "../src/plain.js";
import { linesOf, NOT_PROVEN, supportsOf } from "../src/sentences.js";

const USAGE = "usage: liveledger-verify BUNDLE --trust TRUST.json --question FILE-OR-JSON [--max-age SECONDS] [--json] [--quiet]";
const ENDS = "checks a proof bundle against your own question and trust anchor; exit 0 proven, 1 refused, 2 wrong use, 3 no such file";
const OPTIONS = {
  trust: { type: "string" },
  question: { type: "string" },
  "max-age": { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
};
const REFUSED = 1, MISUSED = 2, NOT_FOUND = 3;

/** What ends the command without a verdict: a sentence, and the exit code. */
class Ended extends Error {
  constructor(message, code, name) {
    super(message);
    Object.assign(this, { exit: code, code: name });
  }
}

const misused = (message) => new Ended(message, MISUSED, "invalid-input");

async function run(words) {
  try {
    const { values, positionals } = options(words);
    if (values.help) return say([USAGE, ENDS]);
    if (positionals.length !== 1 || !values.trust || !values.question) throw misused(USAGE);
    return await check(positionals[0], values);
  } catch (error) {
    const ended = error instanceof InvalidQuestion ? misused(error.message) : error;
    if (!(ended instanceof Ended)) throw error;
    if (words.includes("--json")) say([JSON.stringify({ error: { code: ended.code, message: ended.message } })]);
    complain([`error (${ended.code}): ${ended.message}`]);
    return ended.exit;
  }
}

function options(words) {
  try {
    return parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw misused(error.message);
  }
}

async function check(path, { trust, question: asked, "max-age": maxAge, json, quiet }) {
  const anchor = anchorAt(trust);
  const question = await questionOf(asked);
  const limit = maxAge === undefined ? null : seconds(maxAge);
  try {
    const bundle = bytesOf(path);
    const verdict = await verify({ bundle, anchor, question, now: Math.floor(Date.now() / 1000), maxAge: limit });
    return say(json ? indented(provenJson(question, verdict)) : linesOf(question, verdict));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { step, code, message } = error;
    const refused = { verdict: "refused", refusal: { step, code, message, hint: hintOf(code), details: {} } };
    say(json ? indented(refused) : [`refused at step ${step} (${code}): ${message}`]);
    if (!quiet) complain([`  hint: ${hintOf(code)}`]);
    return REFUSED;
  }
}

function anchorAt(path) {
  const bytes = read(path, "the trust anchor", MISUSED);
  try {
    parseAnchor(bytes);
  } catch (error) {
    if (error instanceof Refusal) throw misused(`${path} is no trust anchor: ${error.message}`);
    throw error;
  }
  return bytes;
}

/** A question out of a file, or the JSON itself. */
async function questionOf(text) {
  const inPlace = text.trimStart().startsWith("{");
  return readQuestion(inPlace ? new TextEncoder().encode(text) : read(text, "the question", MISUSED));
}

function read(path, what, code) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Ended(`${what} ${path} cannot be read: ${error.code}`, code, code === NOT_FOUND ? "not-found" : "invalid-input");
  }
}

/** The bundle's bytes, no more of them than may be read and one. */
function bytesOf(path) {
  const bytes = new Uint8Array(MAX_BUNDLE_BYTES + 1);
  let file, length = 0;
  try {
    file = openSync(path, "r");
    for (let read = -1; read !== 0; length += read) read = readSync(file, bytes, length, bytes.length - length, null);
  } catch (error) {
    throw new Ended(`the bundle ${path} cannot be read: ${error.code}`, NOT_FOUND, "not-found");
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return bytes.subarray(0, length);
}

function seconds(text) {
  if (!/^[0-9]{1,12}$/.test(text)) throw misused(`--max-age is a number of seconds, not ${text}`);
  return Number(text);
}

function provenJson(question, verdict) {
  const { header_height: height, header_hash: _, header_time: __, newer_anchor: ___, lasting: ____, ...facts } = verdict;
  const under = String(BigInt(height) - 1n);
  return { verdict: "proven", question, ...facts, under_block: under, ...supportsOf(question, verdict), not_proven: NOT_PROVEN };
}

const indented = (value) => JSON.stringify(value, null, 2).split("\n");

/** A line stays one line, whatever stands in it. */
const written = (lines) => lines.map((line) => `${printable(line)}\n`).join("");

function say(lines) {
  process.stdout.write(written(lines));
  return 0;
}

function complain(lines) {
  process.stderr.write(written(lines));
}

process.exitCode = await run(process.argv.slice(2));
