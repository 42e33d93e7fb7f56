"""The demo's own book-keeping: what the ledger must hold if nothing was lost, nothing counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from liveledger.bindings import stock_ledger
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.records import data_bytes
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.movements import Kind, Lane
from liveledger.rules.stock_state import lanes_of
from liveledger_cli.demo.retail import Fact

CALLS_A_BATCH = 400


@dataclass(frozen=True, slots=True)
class Totals:
    """Counters summed over SKUs (docs/formats.md): units received, sold, returned, adjusted."""

    received: int
    sold: int
    returned: int
    adjusted: int

    def minus(self, earlier: Totals) -> Totals:
        """What was added since."""
        return Totals(*(now - then for now, then in zip(asdict(self).values(), asdict(earlier).values(), strict=True)))


def expected_totals(received: int, facts: Iterable[Fact]) -> Totals:
    """What a run adds: goods received, and every fact once."""
    units: Counter[Kind] = Counter()
    for fact in facts:
        units[fact.kind] += fact.quantity
    return Totals(received, units[Kind.SELL], units[Kind.RETURN], units[Kind.FOUND] - units[Kind.LOST])


def read_totals(connection: Connection, stock: bytes, skus: Sequence[int]) -> Totals:
    """Counters of all SKUs at one block, the newest final one, summed."""
    height = hex(final_height(connection))
    sums = [0, 0, 0, 0]
    for start in range(0, len(skus), CALLS_A_BATCH):
        calls = [
            ("eth_call", [{"to": hex_bytes(stock), "data": hex_bytes(stock_ledger.CountersOf(sku).calldata())}, height])
            for sku in skus[start : start + CALLS_A_BATCH]
        ]
        for answer in connection.execution.batch(calls):
            counters = stock_ledger.decode_counters_of(data_bytes(answer))
            for position, value in enumerate(asdict(counters).values()):
                sums[position] += value
    return Totals(*sums)


def read_balance(connection: Connection, stock: bytes, sku: int, place: int) -> dict[str, int]:
    """Units available and held of a SKU at a place, at the newest final block."""
    call = stock_ledger.BalanceOf(sku, 0, place).calldata()
    word = stock_ledger.decode_balance_of(connection.execution.call(stock, call, final_height(connection)))
    lanes = lanes_of(word)
    return {lane.name.lower(): lanes[lane] for lane in (Lane.AVAILABLE, Lane.HELD)}


def change_of(facts: Iterable[Fact], code: str, received: int) -> dict[str, int]:
    """What a run adds to a product's available and held units at the warehouse."""
    change = {"available": received, "held": 0}
    for fact in facts:
        if fact.code != code:
            continue
        if fact.kind is Kind.RETURN:
            change["held"] += fact.quantity
        else:
            change["available"] += fact.quantity if fact.kind is Kind.FOUND else -fact.quantity
    return change
