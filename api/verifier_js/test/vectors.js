/** Reads the vectors of tests/proofs/vectors, which belong to no language. */
import { readFileSync } from "node:fs";

export { given } from "./given.js";

const FOLDER = new URL("../../../tests/proofs/vectors/", import.meta.url);
export const read = (name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
