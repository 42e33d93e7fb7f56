/** `reports/1` and `reading/1`: the reports of a feed, and one reading of a sensor's batch. */
import { concat, fromInteger, hex, keccak, same, toInteger } from "../bytes.js";
import { inLeaf, wordsOf, wordsOfLeaf } from "../abi.js";
import { leafOf, rootAlong } from "../merkle.js";
import { goesOn, tailOf } from "./entries.js";
import * as form from "./parameters.js";

const REPORT = [256, 256, 256, 64], BATCH = [256, 256, 32, 64, 64, -32, -32];
const MAX64 = (1n << 64n) - 1n;

/** The reports of a page: leaf, digest, time and payload of each. */
function reportsOf(evidence, stream, page) {
  const leaves = evidence.leaves(stream, page);
  const payloads = evidence.take("payloads");
  const words = leaves.map((leaf) => wordsOfLeaf(leaf, REPORT));
  inLeaf(payloads.length === leaves.length, "not a payload for each report");
  return leaves.map((leaf, at) => {
    const [digest, sequence, hash, observedAt] = words[at];
    inLeaf(sequence === leaf.index, `report ${leaf.index} has another sequence number`);
    inLeaf(same(keccak(payloads[at]), fromInteger(hash)), `report ${leaf.index} has another payload`);
    return { leaf, digest: fromInteger(digest), observedAt, payload: payloads[at] };
  });
}

const feedOf = (evidence, feed) => evidence.stream(evidence.contract("ReportHub"), feed);

const reports = {
  sections: ["contracts", "leaves", "payloads"],

  parameters(given) {
    form.fields(given, ["feed"], ["first", "limit"]);
    return { feed: form.bytes(given.feed, "feed", 32), page: form.page(given) };
  },

  lasting: goesOn,

  answer(evidence, { feed, page }) {
    const stream = feedOf(evidence, feed);
    const found = reportsOf(evidence, stream, page);
    return { count: String(stream.count), reports: found.map(reportOf) };
  },
};

function reportOf({ leaf, digest, observedAt, payload }) {
  return { sequence: String(leaf.index), config_digest: hex(digest), observed_at: String(observedAt), payload: hex(payload), ...tailOf(leaf) };
}

const reading = {
  sections: ["contracts", "leaves", "payloads", "reading"],

  parameters(given) {
    form.fields(given, ["feed", "sequence", "device", "time"]);
    return {
      feed: form.bytes(given.feed, "feed", 32),
      sequence: form.decimal(given.sequence, "sequence", 0n, MAX64),
      device: form.bytes(given.device, "device", 32),
      time: form.decimal(given.time, "time", 0n, MAX64),
    };
  },

  answer(evidence, { feed, sequence, device, time }) {
    const stream = feedOf(evidence, feed);
    const none = { known_report: sequence < stream.count, device_matches: false, reading: null };
    if (!none.known_report) {
      evidence.leaves(stream, { first: sequence, limit: 1n });
      return none;
    }
    const [report] = reportsOf(evidence, stream, { first: sequence, limit: 1n });
    const batch = wordsOf(report.payload, BATCH);
    inLeaf(batch !== null, "the report is no batch of readings");
    if (!same(fromInteger(batch[0]), device)) return none;
    return { known_report: true, device_matches: true, reading: readingOf(evidence.take("reading"), { batch, device, time, leaf: report.leaf }) };
  },
};

function readingOf(given, { batch, device, time, leaf }) {
  const [, root, readings, firstAt, lastAt, least, most] = batch;
  inLeaf(given !== null, "there is no reading");
  inLeaf(BigInt(given.index) < readings, "the batch has no reading at this index");
  const value = fromInteger(BigInt.asUintN(32, given.value), 4);
  const found = rootAlong(leafOf(concat(device, fromInteger(time, 8), value)), given.index, Number(readings), given.path);
  inLeaf(found !== null && same(found, fromInteger(root)), "the batch has another reading");
  return {
    index: String(given.index), value_milli: String(given.value), readings: String(readings), readings_root: hex(fromInteger(root)),
    first_at: String(firstAt), last_at: String(lastAt), min_milli: String(least), max_milli: String(most), ...tailOf(leaf),
  };
}

export const views = { "reports/1": reports, "reading/1": reading };
