"""An index of brands, locations, SKUs, lots and stock, written row by row: what lists are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Table

from liveledger.bindings.constants import OrganisationKind, Status
from liveledger.domain.gs1 import with_check_digit
from liveledger.index import columns, families
from liveledger.index.chain import tables as chain
from liveledger.index.members import tables as members
from liveledger.index.stock import tables as stock

TEA, OPERATOR, CUPS = 1, 2, 3
HERE, THERE = 1, 2
TEA_GLN, OPERATOR_GLN, CUPS_GLN = (int(with_check_digit(f"69012340002{n:01}")) for n in (1, 2, 3))
HERE_GLN, THERE_GLN = (int(with_check_digit(f"69012340003{n:01}")) for n in (1, 2))
GTIN = 6901234567892
# A formula, a control, a comma and bytes that are no text, beside a plain code.
CODES = (b"TEA-1", b"TEA-2", b"=cmd|' /C calc'!A1", b'a,"b"\n\x1b[2J', b"TEA-\xff", "TEA-\u8336".encode())
SKUS = tuple(TEA << 20 | serial for serial in range(1, len(CODES) + 1))
CUP = CUPS << 20 | 1
HEIGHT = 9


def fill(engine: Engine) -> None:
    """Makes the tables and fills them."""
    columns.metadata.create_all(engine)
    _write(
        engine,
        chain.cursor,
        {
            "id": 1,
            "schema_version": columns.SCHEMA_VERSION,
            "chain_id": "test",
            "evm_chain_id": 1,
            "height": HEIGHT,
            "hash": bytes(32),
        },
    )
    with engine.begin() as connection:
        families.enrol(connection, dict.fromkeys(families.NAMES, HEIGHT))
    block = {"height": HEIGHT, "hash": bytes(32), "time": 1_796_000_000, "transactions": 0, "set_change": False}
    _write(engine, chain.blocks, block)
    kinds = (
        (TEA, OrganisationKind.BRAND, TEA_GLN),
        (OPERATOR, OrganisationKind.PLATFORM, OPERATOR_GLN),
        (CUPS, OrganisationKind.BRAND, CUPS_GLN),
    )
    common: dict[str, Any] = {"block": 2}
    for number, kind, gln in kinds:
        status = Status.SUSPENDED if number == CUPS else Status.ACTIVE
        _write(
            engine,
            members.organisations,
            common | {"number": number, "kind": kind, "status": status, "gln": gln, "name_commitment": bytes(32)},
        )
    for number, gln in ((HERE, HERE_GLN), (THERE, THERE_GLN)):
        _write(engine, members.places, common | {"number": number, "operator": OPERATOR, "status": 1, "gln": gln})
    _fill_goods(engine)


def _fill_goods(engine: Engine) -> None:
    common: dict[str, Any] = {"block": 2}
    for sku, code in zip(SKUS, CODES, strict=True):
        _write(
            engine,
            stock.skus,
            common | {"sku": sku, "brand": TEA, "code": code, "gtin": GTIN if sku == SKUS[0] else 0, "unit": 0},
        )
    _write(engine, stock.skus, common | {"sku": CUP, "brand": CUPS, "code": b"TEA-1", "gtin": GTIN, "unit": 4})
    for sku, lot, code, expiry in ((SKUS[0], 1, b"L2", 20271130), (SKUS[0], 2, b"L1", 0), (CUP, 1, b"L1", 0)):
        _write(engine, stock.lots, common | {"sku": sku, "lot": lot, "code": code, "expiry": expiry})
    cells = (
        (SKUS[0], 0, HERE, 5),
        (SKUS[0], 1, HERE, 0),
        (SKUS[0], 1, THERE, 7),
        (SKUS[2], 0, HERE, 3),
        (CUP, 1, HERE, 2),
    )
    for sku, lot, place, units in cells:
        balance(engine, sku, lot, place, units)
    _write(engine, stock.counters, {"sku": SKUS[0], "received": 20, "sold": 6, "returned": 1, "adjusted": -3})


def balance(engine: Engine, sku: int, lot: int, place: int, units: int) -> None:
    """A cell with available goods."""
    lanes = {"available": units, "reserved": 0, "in_transit": 0, "held": 0}
    _write(engine, stock.balances, {"sku": sku, "lot": lot, "place": place} | lanes)


def register_lot(engine: Engine, sku: int, lot: int) -> None:
    """A lot called by its number."""
    _write(engine, stock.lots, {"sku": sku, "lot": lot, "code": str(lot).encode(), "expiry": 0, "block": 2})


def _write(engine: Engine, table: Table, *rows: dict[str, Any]) -> None:
    with engine.begin() as connection:
        connection.execute(table.insert(), list(rows))
