"""The fortnight as movements on the ledger: stock received, every line sold, returned or corrected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from liveledger.bindings import stock_ledger
from liveledger.chain.outbox.sender import Outcome
from liveledger.domain.errors import Unavailable
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.waiting import wait_until
from liveledger_cli.demo.batches import Batch, Entry, document_leaf, make_batches, windows
from liveledger_cli.demo.desk import Call, Desk
from liveledger_cli.demo.prepare import Item
from liveledger_cli.demo.retail import Fact
from liveledger_cli.demo.state import Run
from liveledger_cli.demo.world import World

FIRST_TOUCH_GAS = 70_000
_INDEX_SECONDS = 600.0
OPENING, ORDERS, SALES = "opening", "orders", "sales"


@dataclass(frozen=True, slots=True)
class Shipment:
    """Batches for one lane of one account, in order; the sequence numbers start at 0, as the lane is new."""

    label: str
    lane: int
    batches: tuple[Batch, ...]

    @property
    def movements(self) -> int:
        """Movements in all batches."""
        return sum(batch.movements for batch in self.batches)


class Documents:
    """Leaf hashes of the documents behind movements, salted from one secret of the run that stays off the chain."""

    def __init__(self, run: Run, secret: bytes) -> None:
        self._run, self._secret, self._count = run, secret, 0

    def leaf(self, kind: str, **message: object) -> bytes:
        """Leaf hash of the next message."""
        salt = keccak(self._secret + self._count.to_bytes(8))[:16]
        self._count += 1
        return document_leaf(salt, {"message_id": self._run.key(kind, self._count), **message})


def opening_entries(world: World, stock: dict[str, int], documents: Documents, at: int) -> list[Entry]:
    """Goods received before the session, one movement a product."""
    return [_receipt(world, code, quantity, documents, at, OPENING) for code, quantity in stock.items()]


def order_entries(world: World, items: Iterable[Item], documents: Documents, at: int) -> list[Entry]:
    """The session's orders received: what the forecast led the brand to buy. A forecast of zero orders nothing."""
    ordered = [item for item in items if item.ordered]
    return [_receipt(world, item.code, item.ordered, documents, at, ORDERS) for item in ordered]


def sales_entries(world: World, facts: Sequence[Fact], documents: Documents, end: int) -> list[Entry]:
    """Every fact as a movement at the warehouse, shifted in time so that the last one happened at ``end``."""
    shift = end - max(_seconds(fact.at) for fact in facts)
    return [
        Entry(
            _movement(world, fact, _seconds(fact.at) + shift),
            documents.leaf(SALES, invoice=fact.invoice, code=fact.code, quantity=fact.quantity),
        )
        for fact in facts
    ]


def shipment(label: str, lane: int, entries: Sequence[Entry], *, parts: int = 1, group_gas: int = 24_000) -> Shipment:
    """Entries cut into ``parts`` runs of time, each into batches."""
    batches = [batch for window in windows(entries, parts) for batch in make_batches(window, group_gas)]
    return Shipment(label, lane, tuple(batches))


def post(desk: Desk, run: Run, stock: bytes, goods: Shipment) -> list[str]:
    """Hands all batches to the outbox, each with a gas limit of its own, and sends it; returns the keys."""
    keys: list[str] = []
    for sequence, batch in enumerate(goods.batches):
        call: Call = stock_ledger.Post(goods.lane, sequence, batch.documents_root, batch.records)
        keys += desk.send(goods.label, [(run.key("lane", goods.lane, sequence), stock, call)], gas=batch.gas)
        desk.sender(goods.label).pump()
    return keys


@dataclass(frozen=True, slots=True)
class Throughput:
    """What a replay took: seconds from the first submission to final and to indexed, gas of all transactions."""

    movements: int
    transactions: int
    first_block: int
    last_block: int
    seconds_final: float
    seconds_indexed: float
    gas: int

    def figures(self) -> dict[str, float | int]:
        """For the report."""
        return {
            "movements": self.movements,
            "transactions": self.transactions,
            "blocks": self.last_block - self.first_block + 1,
            "seconds_to_final": round(self.seconds_final, 3),
            "seconds_to_indexed": round(self.seconds_indexed, 3),
            "movements_per_second": round(self.movements / self.seconds_indexed),
            "gas": self.gas,
            "gas_per_movement": round(self.gas / self.movements),
        }


def replay(
    desk: Desk,
    run: Run,
    stock: bytes,
    goods: Shipment,
    indexed_height: Callable[[], int],
    advance: Callable[[float], None],
) -> Throughput:
    """Posts a shipment and waits until it is final and indexed. ``advance`` is told of movements as they land."""
    keys = post(desk, run, stock, goods)
    outcomes: list[Outcome] = []
    for key, batch in zip(keys, goods.batches, strict=True):
        outcomes += desk.outcomes(goods.label, [key])
        advance(batch.movements)
    last = max(outcome.block for outcome in outcomes)
    began = min(outcome.submitted_at for outcome in outcomes)
    late = Unavailable(f"the index has not reached block {last}", hint="see `liveledger api status`")
    wait_until(lambda: indexed_height() >= last, _INDEX_SECONDS, lambda: late, pause=0.02)
    return Throughput(
        movements=goods.movements,
        transactions=len(outcomes),
        first_block=min(outcome.block for outcome in outcomes),
        last_block=last,
        seconds_final=max(outcome.final_at for outcome in outcomes) - began,
        seconds_indexed=time.time() - began,
        gas=sum(outcome.gas_used for outcome in outcomes),
    )


def _receipt(world: World, code: str, quantity: int, documents: Documents, at: int, kind: str) -> Entry:
    movement = Movement(world.skus[code], Kind.RECEIVE, 0, world.warehouse, quantity, at)
    return Entry(movement, documents.leaf(kind, code=code, quantity=quantity))


def _movement(world: World, fact: Fact, at: int) -> Movement:
    inwards = fact.kind in (Kind.RETURN, Kind.FOUND)
    source, target = (0, world.warehouse) if inwards else (world.warehouse, 0)
    return Movement(world.skus[fact.code], fact.kind, source, target, fact.quantity, at)


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
