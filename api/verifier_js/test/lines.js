/** One vector a line in, what this verifier says of it a line out: for those who compare it with another one. */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { InvalidQuestion, readQuestion, Refusal, verify } from "../src/index.js";
import { canonical } from "../src/json.js";

const bytesOf = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const digest = (text) => createHash("sha256").update(text).digest("hex");

async function said({ bundle, anchor, question, now, max_age: maxAge, minimum_height: minimumHeight }) {
  try {
    const asked = await readQuestion(bytesOf(question));
    const input = { bundle: bytesOf(bundle), anchor: bytesOf(anchor), question: asked, now, maxAge, minimumHeight: BigInt(minimumHeight) };
    const { anchor: fingerprint, block, newer_anchor: newer, signed_power: power, lasting, answer } = await verify(input);
    return `proven ${digest(canonical({ fingerprint, block, newer, power, lasting, answer }))}`;
  } catch (error) {
    if (error instanceof InvalidQuestion) return "invalid question";
    if (error instanceof Refusal) return `refused ${error.step} ${error.code}`;
    return `broken ${error.stack?.split("\n").slice(0, 3).join(" ")}`;
  }
}

for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${await said(JSON.parse(line))}\n`);
