/** How a place stands after a comparison: flag, recount and finding (docs/formats.md, Accuracy). */
import { bits } from "../bytes.js";

const BASIS = 10_000n, MAX_DEVIATION = 65_535n, LEVELS = [300n, 800n, 1_500n, 2_500n];
const RECOUNT_WITHIN = 86_400n, WIDE_AFTER = 7_776_000n, AUDITED = 240n;

/** What the word of a place says. */
export function stateOf(word) {
  return {
    asOf: bits(word, 0, 32), deviation: bits(word, 32, 16), accuracy: bits(word, 48, 16), level: bits(word, 64, 8), flag: bits(word, 72, 8),
    recountBy: bits(word, 80, 32), count: bits(word, 112, 32), atBlock: bits(word, 144, 64), other: bits(word, 208, 32),
    audited: bits(word, 240, 1) === 1n,
  };
}

/** What flag and recount rest on. */
export const findingOf = (word) => ({ skus: bits(word, 0, 32), ledger: bits(word, 32, 64), time: word >> 96n });

/** Whether the word of a record holds its own figures, and counts `count` records. */
export function measured({ word, asOf, atBlock, skus, matching, ledger, difference }, count) {
  const state = stateOf(word);
  const deviation = deviationOf(difference, ledger);
  return state.asOf === asOf && state.atBlock === atBlock && state.count === count && state.deviation === deviation
    && state.accuracy === accuracyOf(matching, skus) && state.level === levelOf(deviation);
}

/** The deviation of a comparison in basis points, rounded up. */
export function deviationOf(difference, ledger) {
  const divisor = ledger === 0n ? 1n : ledger;
  const exact = (difference * BASIS + divisor - 1n) / divisor;
  return exact < MAX_DEVIATION ? exact : MAX_DEVIATION;
}

export const accuracyOf = (matching, skus) => (matching * BASIS) / skus;
export const levelOf = (deviation) => BigInt(LEVELS.filter((limit) => deviation >= limit).length);

/** Whether a record compared as many SKUs as a finding, and is as strong as it. */
export function strengthOf({ skus, ledger, time, audited }, finding) {
  const wide = skus >= finding.skus || (audited && time - finding.time > WIDE_AFTER);
  return { wide, strong: wide && (audited || ledger >= finding.ledger) };
}

/** Whether a record follows from word and finding before it, by the rules of `version`. */
export function follows(record, before, version) {
  const [state, old] = [stateOf(record.word), stateOf(before.word)];
  const oneSide = version === 1 && before.word >> 208n === 0n && record.word >> 208n === 0n;
  const sameSide = old.audited === record.audited;
  const [own, other] = oneSide ? [old.asOf, 0n] : sameSide ? [old.asOf, old.other] : [old.other, old.asOf];
  const bit = oneSide || state.audited === record.audited;
  const inOrder = record.asOf > own && state.other === other && bit && record.word >> (AUDITED + 1n) === 0n;
  const next = standing({ ...record, level: state.level }, { ...old, ...findingOf(before.finding), other }, version);
  return inOrder && state.flag === next.flag && state.recountBy === next.recountBy && (version === 1 || record.finding === next.finding);
}

/** Flag, recount and finding after a record. */
function standing(record, old, version) {
  const { level, audited } = record;
  const decides = audited || record.asOf > old.other;
  const { wide, strong } = version === 1 ? { wide: true, strong: true } : strengthOf(record, old);
  const recountBy = recountOf(level, old.recountBy, record.time, decides && wide);
  const flag = flagOf(record, old.flag, decides && strong, version);
  return { recountBy, flag, finding: packed(flag === 0n && recountBy === 0n ? null : level >= 2n ? raised(record, old) : old) };
}

function recountOf(level, old, time, lifts) {
  if (level < 2n && lifts) return 0n;
  return old === 0n && level >= 2n ? time + RECOUNT_WITHIN : old;
}

function flagOf({ level, audited }, old, lifts, version) {
  const audit = version < 3 ? level : 4n;
  const own = level < 3n ? 0n : audited ? audit : level;
  const stays = old > own && (!lifts || (!audited && old === 4n));
  return stays ? old : own;
}

const greater = (a, b) => (a > b ? a : b);
const raised = ({ skus, ledger, time }, old) => ({ skus: greater(skus, old.skus), ledger: greater(ledger, old.ledger), time });
const packed = (finding) => (finding === null ? 0n : finding.skus | (finding.ledger << 32n) | (finding.time << 96n));
