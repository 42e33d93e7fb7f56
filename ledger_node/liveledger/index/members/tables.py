"""Organisations, accounts, places, operators, devices and validators: the tables."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, SmallInteger

from liveledger.index.columns import Uint64, address, number, table, word

organisations = table(
    "organisations",
    number("number", Integer, primary_key=True),
    number("kind", SmallInteger),
    number("status", SmallInteger),
    number("gln", index=True),
    word("name_commitment"),
    number("block"),
)
accounts = table(
    "accounts",
    address("address", primary_key=True),
    number("organisation", Integer, index=True),
    number("status", SmallInteger),
    number("roles"),
    number("block"),
)
places = table(
    "places",
    number("number", Integer, primary_key=True),
    number("operator", Integer),
    number("status", SmallInteger),
    number("gln", index=True),
    number("block"),
)
operators = table(
    "operators",
    number("brand", Integer, primary_key=True),
    number("operator", Integer, primary_key=True),
    number("acts", SmallInteger),
    number("until", Uint64),
    Column("limited", Boolean, nullable=False),
    number("block"),
)
devices = table(
    "devices",
    word("device_id", primary_key=True),
    number("organisation", Integer),
    number("status", SmallInteger),
    word("public_key_hash"),
    number("block"),
)
validator_changes = table(
    "validator_changes",
    number("block", primary_key=True),
    word("key", primary_key=True),
    number("power"),
    number("total_power"),
)
