"""Anchored EPCIS events and the items that they name: the tables."""

from __future__ import annotations

from sqlalchemy import Integer

from liveledger.index.columns import address, number, table, word

events = table(
    "events",
    word("event_hash", primary_key=True),
    word("corrects", nullable=True, index=True),
    address("poster", primary_key=True),
    number("block"),
    number("block_time"),
    number("tx_index", Integer),
    number("log_index", Integer),
)
event_items = table(
    "event_items",
    word("event_hash", primary_key=True),
    address("poster", primary_key=True),
    word("item", primary_key=True, index=True),
)
