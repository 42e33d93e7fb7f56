"""An index of a place's goods, written row by row, with what the place held after every block."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table

from liveledger.bindings.constants import OrganisationKind, Status
from liveledger.domain.gs1 import with_check_digit
from liveledger.domain.movements import Kind, Movement, pack
from liveledger.index import columns as index_columns
from liveledger.index import families
from liveledger.index.chain import tables as chain_tables
from liveledger.index.database import sqlite_engine
from liveledger.index.members import tables as members_tables
from liveledger.index.stock import tables as stock_tables
from liveledger.rules.stock_state import RULES
from tests.unit.reconcile.snapshots import GTIN, ORGANISATION, PLACE

HERE, ELSEWHERE = 1, 2
WAREHOUSE, AUDITOR, BRAND, OTHER_BRAND = 1, 2, 3, 4
AUDITOR_GLN, BRAND_GLN, TWIN_GLN, ELSEWHERE_GLN = (with_check_digit(f"69012340001{n}") for n in (3, 4, 5, 6))
START = 1_795_514_000
LOTS = {"": 0, "L1": 1, "L2": 2}
SKUS = {"A": BRAND << 20 | 1, "B": BRAND << 20 | 2, "C": BRAND << 20 | 3}
Lanes = dict[tuple[int, int], list[int]]
_NONE = bytes(32)


@dataclass
class Stock:
    """The index, and lanes by SKU and lot after each block; block ``n`` is of ``START + 10 n``."""

    engine: Engine
    height: int = 0
    lanes: dict[int, Lanes] = field(default_factory=lambda: {HERE: {}, ELSEWHERE: {}})
    history: list[Lanes] = field(default_factory=list)

    def write(self, table: Table, *rows: dict[str, Any]) -> None:
        """Inserts rows."""
        with self.engine.begin() as connection:
            connection.execute(table.insert(), list(rows))

    def block(self, *movements: Movement) -> None:
        """A block with one batch of movements, which are fine."""
        self.height += 1
        height = self.height
        with self.engine.begin() as connection:
            connection.execute(chain_tables.cursor.delete())
            families.forget(connection)
            families.enrol(connection, dict.fromkeys(families.NAMES, height))
        cursor = {
            "id": 1,
            "schema_version": index_columns.SCHEMA_VERSION,
            "chain_id": "test",
            "evm_chain_id": 1,
            "hash": _NONE,
        }
        self.write(chain_tables.cursor, cursor | {"height": height})
        self.write(
            chain_tables.blocks,
            {"height": height, "hash": _NONE, "time": time_of(height), "transactions": 0, "set_change": False},
        )
        if movements:
            ordered = sorted(movements, key=lambda movement: (movement.sku, movement.lot))
            numbers = {"lane": 0, "sequence": height, "block": height, "tx_index": 0, "log_index": 0}
            hashes = dict.fromkeys(("tx_hash", "movements_root", "documents_root"), _NONE)
            row = {"poster": bytes(20), "movements": len(ordered), "records": pack(ordered)}
            self.write(stock_tables.batches, row | numbers | hashes)
            touched = {place for one in ordered for place in (one.source, one.target) if place}
            places = [{"place": place, "poster": row["poster"], **numbers} for place in sorted(touched)]
            self.write(stock_tables.batch_places, *places)
        for movement in movements:
            self._move(movement)
        self.history.append({goods: list(lanes) for goods, lanes in self.lanes[HERE].items()})
        self._balances()

    def at(self, height: int) -> dict[tuple[int, int], tuple[int, int]]:
        """Available and reserved after a block, without what is zero."""
        lanes = self.history[height - 1] if height else {}
        return {goods: (found[0], found[1]) for goods, found in lanes.items() if found[0] or found[1]}

    def _move(self, movement: Movement) -> None:
        rule = RULES[movement.kind]
        goods = (movement.sku, movement.lot)
        if rule.takes is not None:
            self.lanes[movement.source][goods][rule.takes] -= movement.quantity
        if rule.gives is not None:
            self.lanes[movement.target].setdefault(goods, [0, 0, 0, 0])[rule.gives] += movement.quantity

    def _balances(self) -> None:
        names = ("available", "reserved", "in_transit", "held")
        with self.engine.begin() as connection:
            connection.execute(stock_tables.balances.delete())
            for place, found in self.lanes.items():
                for (sku, lot), lanes in found.items():
                    key = {"sku": sku, "lot": lot, "place": place}
                    connection.execute(stock_tables.balances.insert(), key | dict(zip(names, lanes, strict=True)))


def time_of(height: int) -> int:
    """Unix seconds of a block."""
    return START + 10 * height


def text_of(time: int) -> str:
    """The same as snapshots write it."""
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")


def registered(folder: Path) -> Stock:
    """Two places of a warehouse, an auditor, three SKUs (A with a GTIN) of two lots each, no stock."""
    stock = Stock(sqlite_engine(folder / "index.db"))
    index_columns.metadata.create_all(stock.engine)
    members = (
        (WAREHOUSE, OrganisationKind.WAREHOUSE, int(ORGANISATION)),
        (AUDITOR, OrganisationKind.AUDITOR, int(AUDITOR_GLN)),
        (BRAND, OrganisationKind.BRAND, int(BRAND_GLN)),
        (OTHER_BRAND, OrganisationKind.BRAND, int(TWIN_GLN)),
    )
    for number, kind, gln in members:
        row = {"number": number, "kind": kind, "status": Status.ACTIVE, "gln": gln}
        stock.write(members_tables.organisations, row | {"name_commitment": _NONE, "block": 0})
    for number, gln in ((HERE, int(PLACE)), (ELSEWHERE, int(ELSEWHERE_GLN))):
        stock.write(
            members_tables.places, {"number": number, "operator": WAREHOUSE, "status": 1, "gln": gln, "block": 0}
        )
    for code, sku in SKUS.items():
        gtin = int(GTIN) if code == "A" else 0
        stock.write(
            stock_tables.skus, {"sku": sku, "brand": BRAND, "code": code.encode(), "gtin": gtin, "unit": 0, "block": 0}
        )
    for sku, (code, lot) in itertools.product(SKUS.values(), list(LOTS.items())[1:]):
        row = {"sku": sku, "lot": lot, "code": code.encode()}
        stock.write(stock_tables.lots, row | {"expiry": 20270331 if code == "L1" else 0, "block": 0})
    return stock


def random_movement(stock: Stock, chance: random.Random) -> Movement:
    """A movement that the places can bear, with goods of any lot."""
    received = Movement(
        chance.choice(list(SKUS.values())), Kind.RECEIVE, 0, chance.choice((HERE, ELSEWHERE)), chance.randint(1, 90),
        START, chance.choice((0, 0, 1, 2)),
    )  # fmt: skip
    kind = chance.choice(list(RULES))
    rule = RULES[kind]
    if rule.takes is None:
        return received
    choices = [
        (place, goods, lanes[rule.takes])
        for place, found in stock.lanes.items()
        for goods, lanes in found.items()
        if lanes[rule.takes]
    ]
    if not choices:
        return received
    source, (sku, lot), there = chance.choice(choices)
    other = HERE + ELSEWHERE - source
    target = 0 if rule.gives is None else source if rule.same_place else other
    return Movement(sku, kind, source, target, chance.randint(1, there), START, lot)
