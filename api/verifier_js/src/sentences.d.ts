/** What a verdict says to people; no part of the format. */
import type { Question, Verdict } from "./index.js";

/** What no bundle proves: to be said each time. */
export const NOT_PROVEN: readonly string[];

/** The three lines of a verdict; null where the view says nothing about it. */
export interface Supports {
  /** The block holds it, and more than two thirds of the power signed the block. */
  unchanged: string;
  /** The list is whole, or which part of it was asked for. */
  complete: string | null;
  /** The accounts that posted. */
  issuer: string | null;
}

/** The three lines of a verdict on one's own question. Throws TypeError where one of the two is none. */
export function supportsOf(question: Question, verdict: Verdict): Supports;

/** The lines that the command prints of a proven bundle; what others wrote stands in them as it is. */
export function linesOf(question: Question, verdict: Verdict): string[];

/** JSON on one line with a space behind each comma and colon; the members of events as they stand in the bundle. Throws TypeError where a value is none of JSON's. */
export function spaced(value: unknown): string;

/** A number as the commands write it: below 0.0001 with an exponent of two digits. */
export function numberText(value: number): string;
