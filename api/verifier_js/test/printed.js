/**
 * One case a line in, what the command prints of it a line out, as text and as JSON: for those who compare it with another one.
 * A case is a vector; `{document}`, the text of an event; or `{asked}`, a question.
 */
import { createInterface } from "node:readline";
import { indented, provenJson, provenLines, refusedJson, refusedLine, spellingLines, written } from "../src/command.js";
import { Refusal, verify } from "../src/index.js";
import { spaced } from "../src/sentences.js";
import { given } from "./vectors.js";

const both = (lines, value) => ({ text: written(lines), json: written(indented(value).split("\n")) });

async function printed({ document, asked, ...vector }) {
  if (asked) return both(spellingLines(asked), null);
  if (document) return both([spaced({ event: JSON.parse(document) })], { event: JSON.parse(document) });
  try {
    const verdict = await verify(given(vector));
    return both(provenLines(vector.question, verdict), provenJson(vector.question, verdict));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return both([refusedLine(error)], refusedJson(error));
  }
}

for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${JSON.stringify(await printed(JSON.parse(line)))}\n`);
