#!/usr/bin/env node
/** liveledger-verify BUNDLE --trust TRUST --question QUESTION [--max-age S] [--json]: exit 0 proven, 1 refused, 2 wrong use. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { InvalidQuestion, readQuestion, Refusal, verify } from "../src/index.js";

const USAGE = "usage: liveledger-verify BUNDLE --trust TRUST.json --question FILE-OR-JSON [--max-age SECONDS] [--json]";
const OPTIONS = {
  trust: { type: "string" },
  question: { type: "string" },
  "max-age": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

process.exitCode = await run();

async function run() {
  try {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    if (values.help) return say(USAGE, 0);
    if (positionals.length !== 1 || !values.trust || !values.question) return complain(USAGE);
    return await check(positionals[0], values);
  } catch (error) {
    if (error instanceof Refusal) return complain(`the trust anchor has not its form: ${error.message}`);
    if (error instanceof InvalidQuestion || error.code?.startsWith("E")) return complain(error.message);
    throw error;
  }
}

async function check(path, { trust, question, "max-age": maxAge, json }) {
  const inPlace = question.trimStart().startsWith("{");
  const input = {
    bundle: readFileSync(path),
    anchor: readFileSync(trust),
    question: await readQuestion(inPlace ? new TextEncoder().encode(question) : readFileSync(question)),
    now: Math.floor(Date.now() / 1000),
    maxAge: maxAge === undefined ? null : seconds(maxAge),
  };
  try {
    const verdict = await verify(input);
    return say(json ? JSON.stringify(verdict, null, 2) : proven(verdict), 0);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { step, code, message } = error;
    const refused = { verdict: "refused", refusal: { step, code, message } };
    return say(json ? JSON.stringify(refused, null, 2) : `refused at step ${step} (${code}): ${escaped(message)}`, 1);
  }
}

function seconds(text) {
  if (!/^[0-9]{1,12}$/.test(text)) throw new InvalidQuestion(`--max-age is a number of seconds, not ${text}`);
  return Number(text);
}

function proven({ chain_id: chain, block, block_time: time, age_seconds: age, signed_power: signed, total_power: total, anchor, answer }) {
  const moment = new Date(Number(time) * 1000).toISOString();
  return [
    `proven: block ${block} of ${moment}, ${age} s ago, on ${escaped(chain)}`,
    `signed by ${signed} of ${total}, more than two thirds`,
    `answer: ${escaped(JSON.stringify(answer))}`,
    `trust anchor ${anchor}`,
  ].join("\n");
}

/** Signs that look like a blank or like nothing, though they are letters or symbols; and marks piled on one letter. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}|[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]|(?<=\p{M}{3})\p{M}/gu;

/** Nothing that came from outside steers a terminal, or stands there unseen. */
function escaped(text) {
  return text.replace(UNSEEN, (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`);
}

function say(text, code) {
  process.stdout.write(`${text}\n`);
  return code;
}

function complain(text) {
  process.stderr.write(`${text}\n`);
  return 2;
}
