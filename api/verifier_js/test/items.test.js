/** Spellings of items: the table of tests/vectors, which belongs to no language. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isGs1, itemForm, ItemRefused } from "../src/items.js";

const table = JSON.parse(readFileSync(new URL("../../../tests/vectors/items.json", import.meta.url), "utf8"));

test("each spelling leads to one form, which is its own", () => {
  assert.ok(table.canonical.length > 50);
  for (const { why, uri, item } of table.canonical) {
    assert.equal(itemForm(uri), item, why);
    assert.equal(itemForm(item), item, why);
  }
  for (const { uri, spellings } of table.spellings) for (const one of spellings) assert.equal(itemForm(one), itemForm(uri), one);
});

test("what breaks a rule is refused by its code", () => {
  for (const { why, uri, code } of table.refused) {
    for (const ask of [itemForm, isGs1]) assert.throws(() => ask(uri), (error) => error instanceof ItemRefused && error.code === code, `${why}: ${uri}`);
  }
});
