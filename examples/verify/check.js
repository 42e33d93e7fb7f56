// node check.js BUNDLE TRUST QUESTION: whether a saved bundle proves the answer to your question.
import { readFileSync } from "node:fs";
import { readQuestion, Refusal, verify } from "@liveledger/verifier";

const [bundle, anchor, asked] = process.argv.slice(2).map((path) => readFileSync(path));
const question = await readQuestion(asked);
const now = Math.floor(Date.now() / 1000);
const verdict = await verify({ bundle, anchor, question, now }).catch((error) => error); // a Refusal, or what you did wrong
if (verdict instanceof Refusal) console.log("refused at step", verdict.step, verdict.code);
else if (verdict instanceof Error) throw verdict;
else console.log("proven as of block", verdict.block, JSON.stringify(verdict.answer).replace(/[^ -~]/gu, encodeURIComponent));
