/** What a view computes is what was worked out by hand: the cases that contracts and the verifier in Python run too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { brandShare, overstockOf } from "../src/views/settlement.js";
import { isAbove, isStale, shareOf, sideOf } from "../src/views/capital.js";
import { accuracyOf, deviationOf, levelOf, strengthOf } from "../src/views/standing.js";

const RULES = new URL("../../../ledger_node/liveledger/rules/", import.meta.url);
const number = (value) => (typeof value === "string" && /^\d+$/.test(value) ? BigInt(value) : value);

/** A case's numbers as such; `told` are the names of its results. */
function check(family, group, told, formula) {
  test(`${family}: ${group}`, () => {
    const cases = JSON.parse(readFileSync(new URL(`${family}/vectors.json`, RULES)))[group];
    assert.ok(cases.length > 0);
    for (const { why, ...rest } of cases) {
      const given = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, number(value)]));
      assert.deepEqual(formula(given), told.map((name) => given[name]), why);
    }
  });
}

check("settlement", "overstock", ["result"], (given) => [overstockOf(given)]);
check("settlement", "split", ["brand_fen", "supplier_fen"], ({ loss_fen: loss, brand_bps: bps }) => {
  const brand = brandShare(loss, bps);
  return [brand, loss - brand];
});
check("accuracy", "deviation", ["result"], (given) => [deviationOf(given.difference_units, given.ledger_units)]);
check("accuracy", "accuracy", ["result"], (given) => [accuracyOf(given.skus_matching, given.skus)]);
check("accuracy", "level", ["result"], (given) => [levelOf(given.deviation_bps)]);
check("accuracy", "strength", ["wide", "strong"], (given) => {
  const record = { skus: given.skus, ledger: given.ledger_units, time: given.block_time, audited: given.audited };
  const found = strengthOf(record, { skus: given.finding_skus, ledger: given.finding_units, time: given.raised_at });
  return [found.wide, found.strong];
});
check("stock_health", "share", ["share_bps", "above_limit"], (given) => {
  const share = shareOf(given.stock_value_fen, given.revenue_fen);
  return [share, isAbove({ share })];
});
check("stock_health", "stale", ["result"], (given) => [isStale({ periodTo: 1_000n }, 1_000n + given.seconds_since_period)]);
check("stock_health", "stands", ["result"], (given) => [sideOf(1n, 1_000n, given.above, 1_000n + given.seconds_since_report).stands]);
