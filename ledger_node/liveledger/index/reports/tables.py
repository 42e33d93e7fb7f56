"""Feeds and their reports: the tables."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, SmallInteger

from liveledger.index.columns import Uint64, Uint256, address, number, table, word

feeds = table(
    "feeds",
    word("feed_id", primary_key=True),
    number("kind", SmallInteger),
    number("owner", Integer),
    number("cutoff", Uint64),
    number("version"),
    number("quorum", SmallInteger),
    # 20 bytes a signer.
    Column("signers", LargeBinary, nullable=False),
    word("config_digest"),
    number("block"),
)
reports = table(
    "reports",
    word("feed_id", primary_key=True),
    number("sequence", primary_key=True),
    address("poster"),
    word("config_digest"),
    word("payload_hash"),
    number("observed_at", Uint256),
    Column("payload", LargeBinary, nullable=False),
    number("block"),
    number("block_time"),
    number("tx_index", Integer),
    number("log_index", Integer),
)
