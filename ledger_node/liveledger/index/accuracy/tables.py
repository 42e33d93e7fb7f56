"""Comparisons of places with outside systems: the tables."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, SmallInteger

from liveledger.index.columns import Uint64, address, number, table, word

accuracy_records = table(
    "accuracy_records",
    number("place", Integer, primary_key=True),
    number("sequence", primary_key=True),
    address("poster"),
    number("organisation", Integer),
    Column("audited", Boolean, nullable=False),
    number("as_of"),
    number("at_block", Uint64),
    number("skus"),
    number("skus_matching"),
    number("ledger_units", Uint64),
    number("snapshot_units", Uint64),
    number("difference_units", Uint64),
    word("snapshot_root"),
    number("deviation_bps", Integer),
    number("accuracy_bps", Integer),
    number("level", SmallInteger),
    number("flag", SmallInteger),
    number("recount_by"),
    number("finding_skus"),
    number("finding_units", Uint64),
    number("block"),
    number("block_time"),
    number("tx_index", Integer),
    number("log_index", Integer),
)
