"""What the ledger promises whatever fails (O1–O6), asserted over a running network. O2 is in `settling`.

world = World.of(trading)
with world.load(node=0): …break something…
world.issue_bundles()              # at any time, the earlier the better
figures = assert_promises(world)   # the end of every test of faults
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liveledger.bindings import stock_ledger
from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.contracts.ledger import Ledger, final_height, open_ledger
from liveledger.domain.hashing import hex_bytes
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.index.fsck import fsck
from liveledger.prover.anchors import export_anchor
from liveledger.prover.pending import when_verifiable
from liveledger.prover.prover import Prover
from liveledger.verifier import Question, TrustAnchor, encode_bundle, verify
from tests.support.load import RECEIVED, SOLD, Load, running
from tests.support.network import RunningNetwork, assert_one_chain
from tests.support.subscriber import Subscriber
from tests.support.trading import Trading, trading_ledger

_FIRST_LANE = 1
_STEADY_PAUSE_MS = 100
_LANE = (1 << 64) - 1
CATCH_UP_SECONDS = 240.0


@dataclass(frozen=True)
class Issued:
    """A bundle as a client keeps it: with its question, the anchor it was verified from, and the answer then."""

    anchor: bytes
    question: Question
    bundle: bytes
    answer: Any


@dataclass
class World:
    """A trading network, all that was ever done on it, who listens to it, and whose nodes were removed from it."""

    trading: Trading
    subscriber: Subscriber
    loads: list[Load] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

    @property
    def net(self) -> RunningNetwork:
        """The network."""
        return self.trading.network

    def load(self, node: int = 0, *, a_second: int | None = None) -> AbstractContextManager[Load]:
        """Trade through a node while the block runs: a little, or so many movements a second."""
        load = Load(self.trading, _FIRST_LANE + len(self.loads), node)
        if a_second is not None:
            load.pairs, load.pause = a_second * _STEADY_PAUSE_MS // 2_000, _STEADY_PAUSE_MS / 1_000
        self.loads.append(load)
        return running(self.loads[-1])

    def issue_bundles(self, node: int = 0) -> int:
        """Proves a stock, a stream and a transaction through a node; keeps them for the rest of the tests."""
        with opened(self.trading, node) as ledger:
            anchors = [export_anchor(ledger, 0), export_anchor(ledger, ledger.comet.height() // 2)]
            prover = self.prover(ledger, anchors[0])
            for question in self._questions():
                bundle = prove(prover, question, lambda: self.follow(ledger))
                for anchor in anchors:
                    if anchor.height < int(json.loads(bundle)["light_block"]["header"]["height"]):
                        verdict = verify(bundle, anchor=anchor, question=question, now=int(time.time()))
                        self.issued.append(Issued(anchor.emit(), question, bundle, verdict.answer))
        return len(self.issued)

    def prover(self, ledger: Ledger, anchor: TrustAnchor) -> Prover:
        """A prover over the live index and a connection."""
        return Prover(ledger, sqlite_engine(ledger.home.index), anchor)

    def follow(self, ledger: Ledger) -> None:
        """Brings the live index up to date."""
        engine = sqlite_engine(ledger.home.index)
        Index(engine, ledger).catch_up()
        engine.dispose()

    def _questions(self) -> list[Question]:
        trading = self.trading
        code = f"SKU-{self.loads[-1].lane % len(trading.skus):03}" if self.loads else "SKU-000"
        outbox = trading.outbox.db.execute("SELECT tx_hash FROM entry WHERE status = 1 ORDER BY id DESC LIMIT 1")
        (tx_hash,) = outbox.fetchone()
        stock = hex_bytes(trading.ledger.manifest.address("StockLedger"))
        views = {
            "stock/2": {"brand": str(trading.brand), "sku": code, "place": str(trading.place_gln), "lot": ""},
            "transaction/1": {"hash": hex_bytes(tx_hash)},
            "raw-storage/1": {"address": stock, "slots": ["0x" + "00" * 31 + f"{slot:02x}" for slot in range(3)]},
        }
        return [Question.parse({"view": view, "parameters": value}) for view, value in views.items()]


@contextmanager
def trading_world(folder: Path, *, validators: int) -> Iterator[World]:
    """A network with some trade on it, listened to from then on; its first bundles are issued."""
    with trading_ledger(folder, validators=validators) as trading, world_of(trading) as world:
        yield world


@contextmanager
def world_of(trading: Trading) -> Iterator[World]:
    """The same of a network that runs already."""
    world = World(trading, Subscriber(trading.network.home, trading.network.size))
    world.subscriber.start()
    try:
        with world.load():
            trading.network.wait_blocks(2)
        world.loads[0].settle(trading.ledger)
        world.issue_bundles()
        yield world
    finally:
        world.subscriber.stop()


@contextmanager
def opened(trading: Trading, node: int) -> Iterator[Ledger]:
    """The ledger through a node."""
    ledger = open_ledger(trading.ledger.home, node=node)
    try:
        yield ledger
    finally:
        ledger.close()


def prove(prover: Prover, question: Question, follow: Any) -> bytes:
    """The bundle, as soon as its block is verifiable."""

    def ask() -> bytes:
        follow()
        return encode_bundle(prover.prove(question))

    return when_verifiable(ask)


def assert_promises(world: World, *, node: int = 0) -> dict[str, int]:
    """Asserts all promises once everything is up again; returns how much was compared."""
    figures = {"acknowledged": 0}
    with opened(world.trading, node) as ledger:
        for load in world.loads:
            figures["acknowledged"] += _exactly_once(load, ledger)
        _stock_adds_up(world, ledger)
        figures["transactions"] = _one_transaction_a_nonce(world, ledger)
        figures["heights"] = _one_chain(world.net, [node for node in range(world.net.size) if node not in world.gone])
        world.follow(ledger)
        engine = sqlite_engine(ledger.home.index)
        report = fsck(engine, ledger)
        engine.dispose()
        assert report.differences == []
        figures["index_rows"] = sum(report.rows.values())
    figures["bundles"] = _bundles_still_verify(world)
    figures["errors_while_waiting"] = sum(
        count for load in world.loads for words, count in load.away.items() if words.startswith("while waiting")
    )
    assert world.subscriber.forks() == {}
    figures["heights_heard"] = world.subscriber.heights()
    return figures


def _exactly_once(load: Load, ledger: Ledger) -> int:
    """O4: every acknowledged message has one place on the chain, and the chain's counters hold them and no more."""
    poster = load.settle(ledger)
    places = set()
    for message_id in load.acknowledged:
        status = poster.status(message_id)
        assert status is not None
        assert status.refusal is None
        assert status.block is not None, message_id
        places.add((status.sequence, status.position))
    assert len(places) == len(load.acknowledged)
    return len(places)


def _stock_adds_up(world: World, ledger: Ledger) -> None:
    """O1: received + returned + adjusted − sold is what lies in the places, by SKU, and is what we did."""
    stock, height = ledger.manifest.address("StockLedger"), final_height(ledger)
    by_sku: dict[int, int] = {}
    for load in world.loads:
        by_sku[load.sku] = by_sku.get(load.sku, 0) + len(load.acknowledged) // 2
    for sku, pairs in by_sku.items():
        counters = stock_ledger.decode_counters_of(
            ledger.execution.call(stock, stock_ledger.CountersOf(sku).calldata(), height)
        )
        assert (counters.received, counters.sold) == (RECEIVED * pairs, SOLD * pairs)
        held = 0
        for place in world.trading.places:
            answer = ledger.execution.call(stock, stock_ledger.BalanceOf(sku, 0, place).calldata(), height)
            word = stock_ledger.decode_balance_of(answer)
            held += sum(word >> shift & _LANE for shift in (0, 64, 128, 192))
        assert held == counters.received + counters.returned + counters.adjusted - counters.sold


def _one_transaction_a_nonce(world: World, ledger: Ledger) -> int:
    """O4 again, from the account's side: it sent as many transactions as the outbox has entries, all final."""
    account = address_of(world.trading.account)
    rows = world.trading.outbox.db.execute("SELECT state, count(*) FROM entry WHERE account = ? GROUP BY 1", (account,))
    counts = {int(state): int(count) for state, count in rows}
    assert set(counts) == {1}
    assert ledger.execution.nonce(account, final_height(ledger)) == counts[1]
    return counts[1]


def _one_chain(net: RunningNetwork, nodes: Sequence[int]) -> int:
    """O3: at every height every node has the same header, and the same execution block as its app hash says."""
    top = max(net.height(node) for node in nodes) - 1
    for node in nodes:
        net.wait_height(top + 1, node, CATCH_UP_SECONDS)
    assert_one_chain(net, nodes, top)
    return top


def _bundles_still_verify(world: World) -> int:
    """O6: what was handed out before still gives the same answer."""
    for issued in world.issued:
        anchor = TrustAnchor.parse(issued.anchor)
        verdict = verify(issued.bundle, anchor=anchor, question=issued.question, now=int(time.time()))
        assert verdict.answer == issued.answer
    return len(world.issued)
