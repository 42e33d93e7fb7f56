#!/usr/bin/env node
/** liveledger-verify BUNDLE --trust TRUST --question QUESTION: what `liveledger verify` says, with its exit codes. */
import { parseArgs } from "node:util";
import { MAX_ANCHOR_BYTES } from "../src/anchor.js";
import { MAX_BUNDLE_BYTES } from "../src/bundle.js";
import { indented, provenJson, provenLines, refusedJson, refusedLine, written } from "../src/command.js";
import { InvalidQuestion, parseAnchor, readQuestion, Refusal, verify } from "../src/index.js";
import { spaced } from "../src/sentences.js";
import { MAX_QUESTION_BYTES } from "../src/verify.js";
import { readUpTo } from "./files.js";
import { Damaged, highestSeen, homeOf, rememberHeight, seenAt, trustAt } from "./home.js";

const USAGE = "usage: liveledger-verify BUNDLE --question FILE-OR-JSON [--trust TRUST.json] [--max-age SECONDS] [--remember] [--home FOLDER] [--ledger NAME] [--json] [--quiet]";
const ENDS = "checks a proof bundle against your own question and trust anchor; exit 0 proven, 1 refused, 2 wrong use, 3 no such file, 4 a damaged file";
const OPTIONS = {
  trust: { type: "string" },
  question: { type: "string" },
  "max-age": { type: "string" },
  remember: { type: "boolean" },
  home: { type: "string" },
  ledger: { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
};
const REFUSED = 1, MISUSED = 2, NOT_FOUND = 3, DAMAGED = 4;

/** What ends the command without a verdict: a sentence, the exit code, what helps. */
class Ended extends Error {
  constructor(message, exit, code, hint = "") {
    super(message);
    Object.assign(this, { exit, code, hint });
  }
}

const misused = (message, hint) => new Ended(message, MISUSED, "invalid-input", hint);

async function run(words) {
  try {
    const { values, positionals } = options(words);
    if (values.help) return say([USAGE, ENDS]);
    if (positionals.length !== 1 || !values.question) throw misused(USAGE);
    return await check(positionals[0], values);
  } catch (error) {
    const ended = error instanceof InvalidQuestion ? misused(error.message) : error;
    if (!(ended instanceof Ended)) throw error;
    const { code, message, hint } = ended;
    if (words.includes("--json")) say([spaced({ error: { code, message, hint: hint ?? "", details: {} } })]);
    complain([`error (${code}): ${message}`, ...(hint ? [`  hint: ${hint}`] : [])]);
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

async function check(path, { trust, question: asked, "max-age": maxAge, remember, home: root, ledger = "main", json, quiet }) {
  const home = homeOf(root, ledger);
  if (home === null) throw misused(`'${ledger}' is no name of a ledger`, "lower-case letters, digits and hyphens");
  const anchor = anchorAt(trust ?? trustAt(home));
  const question = await questionOf(asked);
  const limit = maxAge === undefined ? null : seconds(maxAge);
  const minimumHeight = remember ? seenIn(home, anchor.fingerprint) : 0;
  try {
    const now = Math.floor(Date.now() / 1000);
    const verdict = await verify({ bundle: bytesOf(path), anchor: anchor.bytes, question, now, maxAge: limit, minimumHeight });
    if (remember) note(home, anchor.fingerprint, Number(verdict.header_height) - 1);
    return say(json ? lines(provenJson(question, verdict)) : provenLines(question, verdict));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(json ? lines(refusedJson(error)) : [refusedLine(error)]);
    if (!quiet) complain([`  hint: ${error.hint}`]);
    return REFUSED;
  }
}

function note(home, fingerprint, block) {
  try {
    rememberHeight(home, fingerprint, block);
  } catch (error) {
    throw unusable(`the bundle is proven, but its height cannot be noted in ${seenAt(home)}`, error);
  }
}

function anchorAt(path) {
  const bytes = read(path, MAX_ANCHOR_BYTES, "the trust anchor", "get trust.json from a member that you trust, and compare the fingerprint by another way");
  try {
    return { bytes, fingerprint: parseAnchor(bytes).fingerprint };
  } catch (error) {
    if (error instanceof Refusal) throw misused(`${path} is no trust anchor: ${error.message}`);
    throw error;
  }
}

function seenIn(home, fingerprint) {
  try {
    return highestSeen(home, fingerprint);
  } catch (error) {
    throw unusable(`${seenAt(home)} cannot be read`, error);
  }
}

/** What ends the command where the home's file is damaged, or the system lets nobody use it. */
function unusable(what, error) {
  if (error instanceof Damaged) return new Ended(error.message, DAMAGED, "configuration", "remove it to begin anew");
  if (!error.syscall) return error;
  return new Ended(`${what}: ${error.code}`, DAMAGED, "configuration", "let this user read and write there, or choose another --home");
}

/** A question out of a file, or the JSON itself. */
async function questionOf(text) {
  const inPlace = text.trimStart().startsWith("{");
  return readQuestion(inPlace ? new TextEncoder().encode(text) : read(text, MAX_QUESTION_BYTES, "the question"));
}

function read(path, most, what, hint) {
  try {
    return readUpTo(path, most);
  } catch (error) {
    throw misused(`${what} ${path} cannot be read: ${error.code}`, hint);
  }
}

function bytesOf(path) {
  try {
    return readUpTo(path, MAX_BUNDLE_BYTES);
  } catch (error) {
    throw new Ended(`the bundle ${path} cannot be read: ${error.code}`, NOT_FOUND, "not-found");
  }
}

function seconds(text) {
  if (!/^[0-9]{1,12}$/.test(text)) throw misused(`--max-age is a number of seconds, not ${text}`);
  return Number(text);
}

const lines = (value) => indented(value).split("\n");

function say(lines) {
  process.stdout.write(written(lines));
  return 0;
}

function complain(lines) {
  process.stderr.write(written(lines));
}

process.exitCode = await run(process.argv.slice(2)).catch((error) => {
  complain([`error (internal): ${error.stack}`]); // never 1, which is a verdict
  return DAMAGED;
});
