/** `capital/1` to `/3`: the reports on a brand's capital, and whether it may buy (docs/formats.md, Stock health). */
import { bits, fromInteger, hex } from "../bytes.js";
import { inLeaf, wordsOfLeaf } from "../abi.js";
import { behind } from "../directory.js";
import { goesOn, reachesEnd, tailOf } from "./entries.js";
import { slotOf } from "./ledger.js";
import * as form from "./parameters.js";

const CAPITALS = 0n, LIMIT = 3_500n, NO_REVENUE = (1n << 96n) - 1n, BASIS = 10_000n, MAX_ORGANISATION = 65_535n;
const STALE_AFTER = 8_640_000n, STANDS_FOR = 7_776_000n;
const WIDTHS = [16, 64, 64, 32, 32, 64, 256, 96];

export const isAbove = ({ share }) => share > LIMIT;
export const isStale = ({ periodTo }, now) => now > periodTo + STALE_AFTER;

function parameters(given) {
  form.fields(given, ["brand"], ["first", "limit"]);
  return { brand: form.decimal(given.brand, "brand", 0n, MAX_ORGANISATION), page: form.page(given) };
}

const streamOf = (evidence, contract, brand) => evidence.stream(contract, fromInteger(brand | (1n << 248n)));

/** The words of the newest report, `most` of them; null where there is none. The first one says whether there is. */
function wordsAt(contract, brand, most) {
  const slot = slotOf(brand, CAPITALS);
  const first = contract.word(slot);
  if (first === null) return null;
  const words = [first];
  for (let at = 1; at < most; at += 1) words.push(contract.read(behind(slot, BigInt(at))));
  return words;
}

/** The newest report out of its words. */
function newestOf([figures, evidenceRoot, rest]) {
  return {
    organisation: bits(rest, 160, 16), stock: bits(figures, 0, 64), revenue: bits(figures, 64, 64), periodFrom: bits(figures, 128, 32),
    periodTo: bits(figures, 160, 32), atBlock: bits(figures, 192, 64), evidenceRoot, share: bits(rest, 0, 96),
  };
}

function reportOf(leaf) {
  const [organisation, stock, revenue, periodFrom, periodTo, atBlock, evidenceRoot, share] = wordsOfLeaf(leaf, WIDTHS);
  inLeaf(share === shareOf(stock, revenue), `report ${leaf.index} has another share than its figures`);
  return { organisation, stock, revenue, periodFrom, periodTo, atBlock, evidenceRoot, share };
}

export function shareOf(stock, revenue) {
  if (stock === 0n) return 0n;
  return revenue === 0n ? NO_REVENUE : (stock * BASIS + revenue - 1n) / revenue;
}

/** There is a newest report where there are reports, and the last one is it. */
function requireNewest(leaves, reports, stream, newest) {
  inLeaf((newest !== null) === (stream.count > 0n), "a newest report without reports, or reports without one");
  const holdsLast = leaves.length > 0 && leaves.at(-1).index + 1n === stream.count;
  const fits = !holdsLast || Object.entries(newest).every(([name, value]) => reports.at(-1)[name] === value);
  inLeaf(fits, "the last report is not the newest one");
}

function spelled(report, above) {
  const { organisation, stock, revenue, periodFrom, periodTo, atBlock, evidenceRoot, share } = report;
  return {
    organisation: String(organisation), stock_value_fen: String(stock), revenue_fen: String(revenue), period_from: String(periodFrom),
    period_to: String(periodTo), at_block: String(atBlock), evidence_root: hex(fromInteger(evidenceRoot)),
    share_bps: share === NO_REVENUE ? null : String(share), [above]: isAbove(report),
  };
}

const listed = (leaves, reports, above) =>
  leaves.map((leaf, at) => ({ index: String(leaf.index), ...spelled(reports[at], above), ...tailOf(leaf) }));

/** Versions 1 and 2 read version 1 of StockHealth. */
const early = (withAge) => ({
  sections: ["contracts", "leaves"],
  parameters,

  answer(evidence, { brand, page }) {
    const contract = evidence.contract("StockHealth");
    const words = wordsAt(contract, brand, 3);
    const newest = words && newestOf(words);
    const stream = streamOf(evidence, contract, brand);
    const leaves = evidence.leaves(stream, page);
    const reports = leaves.map(reportOf);
    requireNewest(leaves, reports, stream, newest);
    const stale = newest !== null && isStale(newest, evidence.header.time);
    const above = withAge ? "above_limit" : "frozen";
    return {
      count: String(stream.count),
      frozen: newest !== null && (isAbove(newest) || (withAge && stale)),
      ...(withAge && { stale }),
      newest: newest && spelled(newest, above),
      reports: listed(leaves, reports, above),
    };
  },
});

const bySides = {
  sections: ["contracts", "leaves"],
  parameters,
  lasting: goesOn,

  answer(evidence, { brand, page }) {
    const contract = evidence.contract("StockHealth", [2n]);
    const stream = streamOf(evidence, contract, brand);
    const ends = reachesEnd(page, stream.count);
    const leaves = evidence.leaves(stream, page);
    const reports = leaves.map(reportOf);
    const words = ends ? wordsAt(contract, brand, 4) : null;
    const newest = words && newestOf(words);
    if (ends) requireNewest(leaves, reports, stream, newest);
    const state = ends ? stateOf(words, newest, brand, evidence.header.time) : { frozen: null, stale: null, newest: null, sides: null };
    return { count: String(stream.count), ...state, reports: listed(leaves, reports, "above_limit") };
  },
};

/** How things stand: the newest report, and what each side found. */
function stateOf(words, newest, brand, now) {
  if (newest === null) return { frozen: false, stale: false, newest: null, sides: null };
  const [, , rest, fourth] = words;
  const ownEnd = bits(rest, 176, 32);
  const auditors = sideOf(bits(rest, 208, 32), bits(fourth, 32, 64), bits(rest, 240, 8) !== 0n, now);
  const finance = sideOf(bits(fourth, 0, 32), bits(fourth, 96, 64), bits(rest, 248, 8) !== 0n, now);
  const reportedAt = bits(rest, 96, 64);
  const isOf = (side) => side.end === newest.periodTo && side.reportedAt === reportedAt && side.above === isAbove(newest);
  const fits = newest.organisation === brand ? ownEnd === newest.periodTo : isOf(auditors) || isOf(finance);
  inLeaf(fits, "the newest report is of no side");
  const stale = isStale(newest, now);
  return {
    frozen: stale || isAbove(newest) || auditors.stands || finance.stands,
    stale,
    newest: spelled(newest, "above_limit"),
    sides: { brand: ownEnd === 0n ? null : { period_to: String(ownEnd) }, auditors: spelledSide(auditors), finance: spelledSide(finance) },
  };
}

export const sideOf = (end, reportedAt, above, now) => ({ end, reportedAt, above, stands: above && now <= reportedAt + STANDS_FOR });

function spelledSide({ end, reportedAt, above, stands }) {
  return end === 0n ? null : { period_to: String(end), reported_at: String(reportedAt), above_limit: above, stands };
}

export const views = { "capital/1": early(false), "capital/2": early(true), "capital/3": bySides };
