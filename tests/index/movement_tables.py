"""An index of movements without a chain: streams, leaves, SKUs and places written straight into the tables."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from sqlalchemy import Engine, insert

from liveledger.domain import gs1
from liveledger.domain.movements import Movement
from liveledger.domain.streams import sku_stream
from liveledger.index import columns as index_columns
from liveledger.index import families
from liveledger.index.chain import tables as chain_tables
from liveledger.index.database import write_rows
from liveledger.index.members import tables as members_tables
from liveledger.index.stock import tables as stock_tables
from tests.index.slow_health import Fact

BRAND, OTHER_BRAND = 3, 4
SKUS = tuple(BRAND << 20 | serial for serial in (1, 2, 3))
FOREIGN = OTHER_BRAND << 20 | 1
PLACES = {number: int(gs1.with_check_digit(f"69000000000{number}")) for number in (1, 2)}


def codes() -> dict[int, str]:
    """Codes of the brand's SKUs."""
    return {sku: f"SKU-{sku & 0xFFFFF}" for sku in SKUS}


def fill(engine: Engine, leaves: Sequence[tuple[int, Sequence[Movement]]]) -> None:
    """Writes leaves of one SKU and lot each, given as (block time, movements), in their order; each a block."""
    index_columns.metadata.create_all(engine)
    with engine.begin() as connection:
        for table in reversed(index_columns.metadata.sorted_tables):
            connection.execute(table.delete())
        numbers = {sku: number for number, sku in enumerate(dict.fromkeys(m[0].sku for _, m in leaves), 1)}
        counts: dict[int, int] = dict.fromkeys(numbers, 0)
        rows, blocks = [], []
        for height, (time, movements) in enumerate(leaves, 1):
            sku, lot = movements[0].sku, movements[0].lot
            payload = lot.to_bytes(2) + b"".join(movement.record() for movement in movements)
            zero = bytes(32)
            rows.append((height, numbers[sku], counts[sku], len(movements), height, time, 0, 0, b"\7" * 20, payload, zero, bytes(24)))  # fmt: skip  # noqa: E501
            blocks.append((height, height.to_bytes(32), time, 1, False))
            counts[sku] += len(movements)
        write_rows(connection, chain_tables.leaves, rows, replace=False)
        write_rows(connection, chain_tables.blocks, blocks, replace=False)
        streams = [(numbers[sku], "StockLedger", sku_stream(sku), bytes(24), count) for sku, count in counts.items()]
        write_rows(connection, chain_tables.streams, streams, replace=False)
        skus = [(sku, sku >> 20, f"SKU-{sku & 0xFFFFF}".encode(), 0, 0, 1) for sku in (*SKUS, FOREIGN)]
        write_rows(connection, stock_tables.skus, skus, replace=False)
        write_rows(connection, members_tables.places, [(n, 1, 1, gln, 1) for n, gln in PLACES.items()], replace=False)
        cursor = {"id": 1, "schema_version": 0, "chain_id": "x", "evm_chain_id": 1, "height": len(blocks)}
        connection.execute(insert(chain_tables.cursor).values(**cursor, hash=bytes(32)))
        families.enrol(connection, dict.fromkeys(families.NAMES, len(blocks)))


def facts(leaves: Sequence[tuple[int, Sequence[Movement]]], *, by_block: bool) -> list[Fact]:
    """The same movements as the slow reference takes them."""
    positions: dict[int, itertools.count[int]] = {}
    return [
        Fact(
            movement.sku, next(positions.setdefault(movement.sku, itertools.count())),
            time if by_block else movement.at, movement.kind, movement.source, movement.target, movement.quantity,
        )
        for time, movements in leaves
        for movement in movements
    ]  # fmt: skip
