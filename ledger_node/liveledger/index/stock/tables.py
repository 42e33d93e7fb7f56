"""SKUs, lots, batches, balances and counters: the tables."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint

from liveledger.index.columns import Uint64, address, number, table, word

skus = table(
    "skus",
    number("sku", primary_key=True),
    number("brand", Integer),
    # Bytes: a code is what its brand wrote, which need not be valid UTF-8.
    Column("code", LargeBinary(64), nullable=False),
    number("gtin"),
    number("unit", SmallInteger),
    number("block"),
    UniqueConstraint("brand", "code"),
    Index("skus_of_gtin", "gtin", "sku"),
)
lots = table(
    "lots",
    number("sku", primary_key=True),
    number("lot", Integer, primary_key=True),
    Column("code", LargeBinary(20), nullable=False),
    # A date as YYYYMMDD, 0 = none.
    number("expiry"),
    number("block"),
    UniqueConstraint("sku", "code"),
    Index("lots_of_code", "code", "sku"),
)
batches = table(
    "batches",
    address("poster", primary_key=True),
    number("lane", primary_key=True),
    number("sequence", Uint64, primary_key=True),
    number("block", index=True),
    number("tx_index", Integer),
    number("log_index", Integer),
    word("tx_hash"),
    number("movements", Integer),
    word("movements_root"),
    word("documents_root"),
    Column("records", LargeBinary, nullable=False),
)
# Which batches touch a place: of a transfer, both.
batch_places = table(
    "batch_places",
    number("place", Integer, primary_key=True),
    number("block", primary_key=True),
    number("tx_index", Integer, primary_key=True),
    number("log_index", Integer, primary_key=True),
    address("poster"),
    number("lane"),
    number("sequence", Uint64),
)
balances = table(
    "balances",
    number("sku", primary_key=True),
    number("lot", Integer, primary_key=True),
    number("place", Integer, primary_key=True),
    number("available"),
    number("reserved"),
    number("in_transit"),
    number("held"),
    Index("balances_at_place", "place", "sku", "lot"),
)
counters = table(
    "counters",
    number("sku", primary_key=True),
    number("received"),
    number("sold"),
    number("returned"),
    number("adjusted"),
)
agreed_batches = table(
    "agreed_batches",
    address("poster", primary_key=True),
    number("lane", primary_key=True),
    number("sequence", Uint64, primary_key=True),
    address("signer"),
    number("second", Integer),
    number("block"),
    number("block_time"),
    number("log_index", Integer),
)
adjustment_limits = table(
    "adjustment_limits",
    number("brand", Integer, primary_key=True),
    number("units", Uint64),
    address("by"),
    number("block"),
    number("block_time"),
)
