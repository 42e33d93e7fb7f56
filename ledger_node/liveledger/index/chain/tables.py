"""Blocks, streams and their leaves, and how far the index is: the tables."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, UniqueConstraint

from liveledger.index.columns import address, number, table, word

# What the index is of, and how far it is; one row.
cursor = table(
    "cursor",
    number("id", primary_key=True),
    number("schema_version", Integer),
    Column("chain_id", String(64), nullable=False),
    number("evm_chain_id"),
    number("height"),
    word("hash"),
)
# How far each family of rules is: at the cursor's height, or behind it while it is filled.
family_cursors = table(
    "family_cursors",
    Column("family", String(32), primary_key=True),
    number("height"),
)
blocks = table(
    "blocks",
    number("height", primary_key=True),
    word("hash"),
    number("time"),
    number("transactions", Integer),
    # The consensus header of this height names another set of validators for the next one.
    Column("set_change", Boolean, nullable=False),
)
# Roots of 1,024 block hashes each, as BlockHashes archived them; what they are made of stands in ``blocks``.
hash_batches = table(
    "hash_batches",
    number("batch", primary_key=True),
    word("root"),
    number("block"),
)
# One table for the streams of all contracts.
streams = table(
    "streams",
    number("id", primary_key=True),
    Column("contract", String(32), nullable=False),
    word("stream_id"),
    Column("head", LargeBinary(24), nullable=False),
    number("count"),
    UniqueConstraint("contract", "stream_id"),
)
leaves = table(
    "leaves",
    number("id", primary_key=True),
    number("stream"),
    number("first_index"),
    number("n", Integer),
    number("block_number"),
    number("block_time"),
    number("tx_index", Integer),
    number("log_index", Integer),
    address("poster"),
    Column("payload", LargeBinary, nullable=False),
    word("leaf_hash"),
    Column("head_before", LargeBinary(24), nullable=False),
    Index("leaves_in_stream", "stream", "first_index", unique=True),
)
