"""Agreements, sessions and what was settled: the tables."""

from __future__ import annotations

from sqlalchemy import Integer, SmallInteger

from liveledger.index.columns import Uint64, Uint256, address, number, table, word

agreements = table(
    "agreements",
    word("agreement_id", primary_key=True),
    number("brand", Integer, index=True),
    number("supplier", Integer, index=True),
    number("forecaster", Integer),
    number("brand_bps", Integer),
    word("terms_hash"),
    number("valid_until", Uint64),
    address("brand_account"),
    address("supplier_account"),
    number("escrow_fen", Uint256),
    number("block"),
)
sessions = table(
    "sessions",
    word("session_id", primary_key=True),
    word("agreement_id", index=True),
    word("feed_id"),
    number("starts_at", Uint64),
    number("ends_at", Uint64),
    number("status", SmallInteger),
    number("snapshot_pages", Integer),
    number("settled_pages", Integer),
    number("skus", Integer),
    word("inputs_hash"),
    number("loss_fen", Uint256),
    number("brand_fen", Uint256),
    number("supplier_fen", Uint256),
    number("due_fen", Uint256),
    number("opened_block"),
    number("closed_block", nullable=True),
)
settlement_rows = table(
    "settlement_rows",
    word("session_id", primary_key=True),
    number("page", Integer, primary_key=True),
    number("position", Integer, primary_key=True),
    number("sku"),
    number("unit_cost_fen", Uint64),
    number("received", Uint64),
    number("forecast", Uint64),
    number("sold", Uint64),
    number("returned", Uint64),
    number("overstock", Uint64),
)
