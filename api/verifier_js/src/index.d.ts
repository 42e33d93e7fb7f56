/** Checks LiveLedger's proof bundles: bytes in, facts or a named refusal out. docs/bundle.md has the form of all of it. */
import type { AnswerOf, Question, View } from "./answers.js";

export type * from "./answers.js";

/** The names of all views. */
export const VIEWS: readonly View[];

/** Steps of a check, and the codes of refusals; both are stable. */
export type Step = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
export type Code =
  | "shape" | "wrong-question" | "wrong-chain" | "expired-anchor" | "below-anchor" | "set-change" | "validators-hash" | "header-hash"
  | "block-id" | "address-mismatch" | "bad-signature" | "power" | "app-hash" | "stale" | "account-proof" | "unknown-contract"
  | "storage-proof" | "receipt-proof" | "transaction-proof" | "log-mismatch" | "leaf-proof" | "incomplete"
  | "answer-mismatch";

/** What does not prove what was asked. Message and hint are for people and no part of the format. */
export class Refusal extends Error {
  constructor(step: Step, code: Code, message: string, hint?: string);
  readonly step: Step;
  readonly code: Code;
  /** What helps. */
  readonly hint: string;
}

/** The caller's own mistake: a question without a known view, or with parameters of another form. */
export class InvalidQuestion extends Error {}

/** What `verify` is given. Bytes are as they came, `now` and `maxAge` are Unix seconds and seconds. */
export interface Input<Q extends Question = Question> {
  bundle: Uint8Array;
  anchor: Uint8Array;
  question: Q;
  now: number;
  /** Greatest age of an answer; null or left out: any. */
  maxAge?: number | null;
  /** The highest block that was seen before: no answer is of an older one, unless it stays true for ever. */
  minimumHeight?: number | bigint;
}

export interface Time {
  seconds: string;
  nanos: number;
}

/** What a good bundle proves. */
export interface Verdict<V extends View = View> {
  chain_id: string;
  /** The block that the answer holds at, and its time (Unix seconds). */
  block: string;
  block_time: string;
  /** The signed header: with a way back a newer one than block + 1. */
  header_height: string;
  header_hash: string;
  header_time: Time;
  /** `now` less the header's whole seconds; may be negative. */
  age_seconds: number;
  signed_power: string;
  total_power: string;
  /** Fingerprint and height of the anchor that was used. */
  anchor: string;
  anchor_height: string;
  /** Fingerprint of the anchor at the signed header; null where that announces another set of validators. */
  newer_anchor: string | null;
  /** Whether no later block can make the answer untrue. */
  lasting: boolean;
  answer: AnswerOf<V>;
}

/** Checks a bundle in ten steps. Rejects with Refusal, InvalidQuestion, or TypeError where a member of the input is of another kind or name. */
export function verify<Q extends Question>(input: Input<Q>): Promise<Verdict<Q["view"]>>;

/** A question out of the bytes of its JSON. Rejects with InvalidQuestion, or TypeError where it is given no bytes. */
export function readQuestion(bytes: Uint8Array): Promise<Question>;

/** A trust anchor out of the bytes of its JSON. Throws Refusal (step 1, `shape`), or TypeError where it is given no bytes. */
export function parseAnchor(bytes: Uint8Array): Anchor;

/** An anchor as it was parsed; `value` is its JSON value. */
export interface Anchor {
  readonly value: Record<string, unknown>;
  readonly form: 1 | 2;
  readonly chainId: string;
  readonly evmChainId: bigint;
  readonly height: bigint;
  /** 160 bits in base32, to be compared by another way. */
  readonly fingerprint: string;
}

/** What an anchor chain leads to (docs/trust-chain.md). Heights are decimal strings, 0 is genesis. */
export interface ChainVerdict {
  chain_id: string;
  genesis: string;
  updates: number;
  set_changes: string[];
  expired: string[];
  newest: { fingerprint: string; height: string };
  /** The newest anchor as a JSON value. */
  anchor: Record<string, unknown>;
}

/** Checks an anchor chain from the code of a genesis on. Throws Refusal, InvalidQuestion where the code is none, or TypeError as `verify` does. */
export function checkChain(input: { chain: Uint8Array; genesis: string; now: number }): ChainVerdict;

/** Whether a signature counts by the one rule of docs/bundle-steps.md: `key` 32 bytes, `signature` 64. Throws TypeError where one is no Uint8Array. */
export function ed25519Counts(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;

/**
 * Loads the files of views and runs, on bytes of its own, the code that a first verification would wait for: for a page that waits for an
 * answer. Nothing is verified by it. Rejects with TypeError for what is no list, InvalidQuestion for a view that is not known.
 */
export function warm(views?: readonly View[]): Promise<void>;
