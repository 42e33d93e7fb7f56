"""Tables of the index. Everything here is derived: another version of the schema is simply built again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 9
_SIGN = 1 << 63
_WRAP = 1 << 64
# 2^256 − 1 has 78 decimal digits.
_UINT256_DIGITS = 78


class Uint64(TypeDecorator[int]):
    """A uint64 that a member may have chosen freely, in a signed column: the same 64 bits."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the column."""
        return None if value is None else value - _WRAP if value >= _SIGN else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """From the column."""
        return None if value is None else value + _WRAP if value < 0 else value


class Uint256(TypeDecorator[int]):
    """A uint256 as decimal text: exact, and not for sorting."""

    impl = String(_UINT256_DIGITS)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the column."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """From the column."""
        return None if value is None else int(value)


metadata = MetaData()


def _table(name: str, *parts: Column[Any] | Index | UniqueConstraint) -> Table:
    return Table(name, metadata, *parts)


def _word(name: str, **options: Any) -> Column[Any]:
    return Column(name, LargeBinary(32), nullable=options.pop("nullable", False), **options)


def _address(name: str, **options: Any) -> Column[Any]:
    return Column(name, LargeBinary(20), nullable=False, **options)


def _number(name: str, kind: Any = BigInteger, **options: Any) -> Column[Any]:
    return Column(name, kind, nullable=options.pop("nullable", False), autoincrement=False, **options)


# What the index is of, and how far it is; one row.
cursor = _table(
    "cursor",
    _number("id", primary_key=True),
    _number("schema_version", Integer),
    Column("chain_id", String(64), nullable=False),
    _number("evm_chain_id"),
    _number("height"),
    _word("hash"),
)
blocks = _table(
    "blocks",
    _number("height", primary_key=True),
    _word("hash"),
    _number("time"),
    _number("transactions", Integer),
    # The consensus header of this height names another set of validators for the next one.
    Column("set_change", Boolean, nullable=False),
)
# Roots of 1,024 block hashes each, as BlockHashes archived them; what they are made of stands in ``blocks``.
hash_batches = _table(
    "hash_batches",
    _number("batch", primary_key=True),
    _word("root"),
    _number("block"),
)
organisations = _table(
    "organisations",
    _number("number", Integer, primary_key=True),
    _number("kind", SmallInteger),
    _number("status", SmallInteger),
    _number("gln", index=True),
    _word("name_commitment"),
    _number("block"),
)
accounts = _table(
    "accounts",
    _address("address", primary_key=True),
    _number("organisation", Integer, index=True),
    _number("status", SmallInteger),
    _number("roles"),
    _number("block"),
)
places = _table(
    "places",
    _number("number", Integer, primary_key=True),
    _number("operator", Integer),
    _number("status", SmallInteger),
    _number("gln", index=True),
    _number("block"),
)
operators = _table(
    "operators",
    _number("brand", Integer, primary_key=True),
    _number("operator", Integer, primary_key=True),
    _number("acts", SmallInteger),
    _number("until", Uint64),
    Column("limited", Boolean, nullable=False),
    _number("block"),
)
devices = _table(
    "devices",
    _word("device_id", primary_key=True),
    _number("organisation", Integer),
    _number("status", SmallInteger),
    _word("public_key_hash"),
    _number("block"),
)
validator_changes = _table(
    "validator_changes",
    _number("block", primary_key=True),
    _word("key", primary_key=True),
    _number("power"),
    _number("total_power"),
)
skus = _table(
    "skus",
    _number("sku", primary_key=True),
    _number("brand", Integer),
    # Bytes: a code is what its brand wrote, which need not be valid UTF-8.
    Column("code", LargeBinary(64), nullable=False),
    _number("gtin"),
    _number("unit", SmallInteger),
    _number("block"),
    UniqueConstraint("brand", "code"),
)
lots = _table(
    "lots",
    _number("sku", primary_key=True),
    _number("lot", Integer, primary_key=True),
    Column("code", LargeBinary(20), nullable=False),
    # A date as YYYYMMDD, 0 = none.
    _number("expiry"),
    _number("block"),
    UniqueConstraint("sku", "code"),
)
batches = _table(
    "batches",
    _address("poster", primary_key=True),
    _number("lane", primary_key=True),
    _number("sequence", Uint64, primary_key=True),
    _number("block", index=True),
    _number("tx_index", Integer),
    _number("log_index", Integer),
    _word("tx_hash"),
    _number("movements", Integer),
    _word("movements_root"),
    _word("documents_root"),
    Column("records", LargeBinary, nullable=False),
)
# Which batches touch a place: of a transfer, both.
batch_places = _table(
    "batch_places",
    _number("place", Integer, primary_key=True),
    _number("block", primary_key=True),
    _number("tx_index", Integer, primary_key=True),
    _number("log_index", Integer, primary_key=True),
    _address("poster"),
    _number("lane"),
    _number("sequence", Uint64),
)
balances = _table(
    "balances",
    _number("sku", primary_key=True),
    _number("lot", Integer, primary_key=True),
    _number("place", Integer, primary_key=True),
    _number("available"),
    _number("reserved"),
    _number("in_transit"),
    _number("held"),
)
counters = _table(
    "counters",
    _number("sku", primary_key=True),
    _number("received"),
    _number("sold"),
    _number("returned"),
    _number("adjusted"),
)
# One table for the streams of all contracts.
streams = _table(
    "streams",
    _number("id", primary_key=True),
    Column("contract", String(32), nullable=False),
    _word("stream_id"),
    Column("head", LargeBinary(24), nullable=False),
    _number("count"),
    UniqueConstraint("contract", "stream_id"),
)
leaves = _table(
    "leaves",
    _number("id", primary_key=True),
    _number("stream"),
    _number("first_index"),
    _number("n", Integer),
    _number("block_number"),
    _number("block_time"),
    _number("tx_index", Integer),
    _number("log_index", Integer),
    _address("poster"),
    Column("payload", LargeBinary, nullable=False),
    _word("leaf_hash"),
    Column("head_before", LargeBinary(24), nullable=False),
    Index("leaves_in_stream", "stream", "first_index", unique=True),
)
events = _table(
    "events",
    _word("event_hash", primary_key=True),
    _word("corrects", nullable=True, index=True),
    _address("poster", primary_key=True),
    _number("block"),
    _number("block_time"),
    _number("tx_index", Integer),
    _number("log_index", Integer),
)
event_items = _table(
    "event_items",
    _word("event_hash", primary_key=True),
    _address("poster", primary_key=True),
    _word("item", primary_key=True, index=True),
)
feeds = _table(
    "feeds",
    _word("feed_id", primary_key=True),
    _number("kind", SmallInteger),
    _number("owner", Integer),
    _number("cutoff", Uint64),
    _number("version"),
    _number("quorum", SmallInteger),
    # 20 bytes a signer.
    Column("signers", LargeBinary, nullable=False),
    _word("config_digest"),
    _number("block"),
)
reports = _table(
    "reports",
    _word("feed_id", primary_key=True),
    _number("sequence", primary_key=True),
    _address("poster"),
    _word("config_digest"),
    _word("payload_hash"),
    _number("observed_at", Uint256),
    Column("payload", LargeBinary, nullable=False),
    _number("block"),
    _number("block_time"),
    _number("tx_index", Integer),
    _number("log_index", Integer),
)
agreements = _table(
    "agreements",
    _word("agreement_id", primary_key=True),
    _number("brand", Integer, index=True),
    _number("supplier", Integer, index=True),
    _number("forecaster", Integer),
    _number("brand_bps", Integer),
    _word("terms_hash"),
    _number("valid_until", Uint64),
    _address("brand_account"),
    _address("supplier_account"),
    _number("escrow_fen", Uint256),
    _number("block"),
)
sessions = _table(
    "sessions",
    _word("session_id", primary_key=True),
    _word("agreement_id", index=True),
    _word("feed_id"),
    _number("starts_at", Uint64),
    _number("ends_at", Uint64),
    _number("status", SmallInteger),
    _number("snapshot_pages", Integer),
    _number("settled_pages", Integer),
    _number("skus", Integer),
    _word("inputs_hash"),
    _number("loss_fen", Uint256),
    _number("brand_fen", Uint256),
    _number("supplier_fen", Uint256),
    _number("due_fen", Uint256),
    _number("opened_block"),
    _number("closed_block", nullable=True),
)
settlement_rows = _table(
    "settlement_rows",
    _word("session_id", primary_key=True),
    _number("page", Integer, primary_key=True),
    _number("position", Integer, primary_key=True),
    _number("sku"),
    _number("unit_cost_fen", Uint64),
    _number("received", Uint64),
    _number("forecast", Uint64),
    _number("sold", Uint64),
    _number("returned", Uint64),
    _number("overstock", Uint64),
)
# One row an entry of a SKU's return stream.
gradings = _table(
    "gradings",
    _number("sku", primary_key=True),
    _number("position", primary_key=True),
    _number("act", SmallInteger),
    _number("organisation", Integer),
    _address("poster"),
    _number("lot", Integer),
    _number("place", Integer),
    _number("quantity", Integer),
    _number("grade", SmallInteger),
    _number("disposition", SmallInteger),
    _word("documents_root"),
    _number("block", index=True),
    _number("block_time"),
    _number("tx_index", Integer),
    _number("log_index", Integer),
)
accuracy_records = _table(
    "accuracy_records",
    _number("place", Integer, primary_key=True),
    _number("sequence", primary_key=True),
    _address("poster"),
    _number("organisation", Integer),
    Column("audited", Boolean, nullable=False),
    _number("as_of"),
    _number("at_block", Uint64),
    _number("skus"),
    _number("skus_matching"),
    _number("ledger_units", Uint64),
    _number("snapshot_units", Uint64),
    _number("difference_units", Uint64),
    _word("snapshot_root"),
    _number("deviation_bps", Integer),
    _number("accuracy_bps", Integer),
    _number("level", SmallInteger),
    _number("flag", SmallInteger),
    _number("recount_by"),
    _number("finding_skus"),
    _number("finding_units", Uint64),
    _number("block"),
    _number("block_time"),
    _number("tx_index", Integer),
    _number("log_index", Integer),
)
capital_reports = _table(
    "capital_reports",
    _number("brand", Integer, primary_key=True),
    _number("block", primary_key=True),
    _number("log_index", Integer, primary_key=True),
    _number("block_time"),
    _address("poster"),
    _number("organisation", Integer),
    _number("stock_value_fen", Uint64),
    _number("revenue_fen", Uint64),
    _number("period_from"),
    _number("period_to"),
    _number("at_block", Uint64),
    _word("evidence_root"),
    _number("share_bps", Uint256),
)
agreed_batches = _table(
    "agreed_batches",
    _address("poster", primary_key=True),
    _number("lane", primary_key=True),
    _number("sequence", Uint64, primary_key=True),
    _address("signer"),
    _number("second", Integer),
    _number("block"),
    _number("block_time"),
    _number("log_index", Integer),
)
adjustment_limits = _table(
    "adjustment_limits",
    _number("brand", Integer, primary_key=True),
    _number("units", Uint64),
    _address("by"),
    _number("block"),
    _number("block_time"),
)
