/** `place-accuracy/1` to `/3`: how far the ledger and what was counted agree at a place, record by record. */
import { fromInteger, hex } from "../bytes.js";
import { inLeaf, wordsOfLeaf } from "../abi.js";
import { goesOn, reachesEnd, tailOf } from "./entries.js";
import { placeNumber, slotOf } from "./ledger.js";
import * as form from "./parameters.js";
import { findingOf, follows, measured, stateOf } from "./standing.js";

const WORDS = 0n, FINDINGS = 1n, FINDING_BITS = 160;
const WIDTHS = [16, 32, 64, 32, 32, 64, 64, 64, 256, 16, 1, 256];

function parameters(given) {
  form.fields(given, ["place"], ["first", "limit"]);
  return { place: form.gln(given.place, "place"), page: form.page(given) };
}

const nothing = { count: "0", known_place: false, latest: null, records: [] };

/** @param version 1, 2 or 3: of the view and of the contract that it reads */
const view = (version) => ({
  sections: ["contracts", "leaves"],
  parameters,
  ...(version > 1 && { lasting: goesOn }),

  answer(evidence, { place: gln, page }) {
    const place = placeNumber(evidence.contract("Consortium"), gln);
    if (place === 0n) return nothing;
    const contract = evidence.contract("Accuracy", [BigInt(version)]);
    const before = version === 1 ? contract.read(slotOf(place, WORDS)) : null;
    const stream = evidence.stream(contract, fromInteger(place | (1n << 248n)));
    const ends = version === 1 || reachesEnd(page, stream.count);
    const records = chained(evidence.leaves(stream, page).map((leaf) => recordOf(leaf, place, version)), version);
    const word = before ?? (ends ? contract.read(slotOf(place, WORDS)) : null);
    const finding = version > 1 && ends ? contract.read(slotOf(place, FINDINGS)) : 0n;
    if (ends) requireNewest(records, stream.count, word, finding);
    const latest = !ends || word === 0n ? null : spelledState(word, finding, version);
    return { count: String(stream.count), known_place: true, latest, records: records.map((record) => spelled(record, version)) };
  },
});

function recordOf(leaf, place, version) {
  const words = wordsOfLeaf(leaf, version === 1 ? WIDTHS : [...WIDTHS, FINDING_BITS]);
  const [at, asOf, atBlock, skus, matching, ledger, snapshot, difference, root, organisation, audited, word, finding = 0n] = words;
  const record = {
    leaf, asOf, atBlock, skus, matching, ledger, snapshot, difference, root, organisation, audited: audited === 1n, word, finding, time: leaf.time,
  };
  const gap = ledger > snapshot ? ledger - snapshot : snapshot - ledger;
  const good = at === place && skus > 0n && matching <= skus && gap <= difference && difference <= ledger + snapshot;
  inLeaf(good, `record ${leaf.index} has figures that do not fit`);
  inLeaf(measured(record, leaf.index + 1n), `record ${leaf.index} has another word than its figures`);
  return record;
}

/** Each record from the one before it; the first of all from nothing, the first of a later page is not looked at. */
function chained(records, version) {
  records.forEach((record, at) => {
    const before = at > 0 ? records[at - 1] : record.leaf.index === 0n ? { word: 0n, finding: 0n } : null;
    inLeaf(before === null || follows(record, before, version), `record ${record.leaf.index} does not follow from the one before it`);
  });
  return records;
}

/** The words in storage are those of the newest record. */
function requireNewest(records, count, word, finding) {
  inLeaf(stateOf(word).count === count, "the place's word counts other records than the stream has");
  const last = records.at(-1);
  const isNewest = last !== undefined && last.leaf.index + 1n === count;
  inLeaf(!isNewest || (last.word === word && last.finding === finding), "the place's word is not that of the last record");
}

function spelledState(word, finding, version) {
  const { asOf, deviation, accuracy, level, flag, recountBy, atBlock } = stateOf(word);
  const numbers = { as_of: asOf, deviation_bps: deviation, accuracy_bps: accuracy, level, flag, recount_by: recountBy, at_block: atBlock };
  const { skus, ledger, time } = findingOf(finding);
  if (version > 1) Object.assign(numbers, { finding_skus: skus, finding_units: ledger, finding_raised_at: time });
  return texts(numbers);
}

const texts = (numbers) => Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]));

function spelled({ leaf, skus, matching, ledger, snapshot, difference, root, organisation, audited, word, finding }, version) {
  const numbers = { skus, skus_matching: matching, ledger_units: ledger, snapshot_units: snapshot, difference_units: difference };
  const { as_of, at_block, finding_skus, finding_units, finding_raised_at, ...state } = spelledState(word, finding, version);
  return {
    sequence: String(leaf.index),
    as_of,
    at_block,
    ...texts(numbers),
    snapshot_root: hex(fromInteger(root)),
    ...state,
    organisation: String(organisation),
    audited,
    ...tailOf(leaf),
    ...(version > 1 && { finding_skus, finding_units, finding_raised_at }),
  };
}

export const views = { "place-accuracy/1": view(1), "place-accuracy/2": view(2), "place-accuracy/3": view(3) };
