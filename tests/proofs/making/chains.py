"""The simulated chains that vectors come from."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Any

from liveledger.domain import merkle, movements_1
from liveledger.domain.hashing import address_word, uint_word
from liveledger.domain.streams import poster_stream
from liveledger.prover.ports import BatchPlace
from liveledger.verifier import Question, encode_bundle, layout
from liveledger.verifier.views.movement import BATCH_POSTED
from tests.proofs import scenario
from tests.proofs.scenario import QUESTIONS, Case
from tests.simulators.chain import ADDRESSES, CODE, POSTER
from tests.simulators.consensus import Signer
from tests.simulators.execution import Sent
from tests.simulators.ledger import SimulatedLedger
from tests.simulators.tries import keccak, rlp

RETURNS_QUESTION = {"brand": "7", "sku": CODE}
ALL_QUESTIONS = {
    **QUESTIONS,
    "sku-returns/1": RETURNS_QUESTION,
    "sku-returns/2": RETURNS_QUESTION,
    "sku-orders/2": QUESTIONS["sku-orders/1"],
}


def ask(
    ledger: SimulatedLedger, view: str, parameters: dict[str, Any], *, height: int | None = None, anchor: int = 0
) -> Case:
    """A bundle for any question about a chain, and the anchor at a height of it."""
    question = Question.parse({"view": view, "parameters": parameters})
    trusted = ledger.anchor(anchor)
    bundle = ledger.prover(trusted).prove(question, height=height)
    return Case(question, trusted, json.loads(encode_bundle(bundle)))


@functools.cache
def changing() -> SimulatedLedger:
    """Four validators that became five and then four of unlike power, and something of everything."""
    return scenario.build(lone(1, 1, 1, 1))


@functools.cache
def crowded() -> SimulatedLedger:
    """The same with much beside it in every trie."""
    return scenario.build(SimulatedLedger(form=1))


# The contracts that the views read beside those of genesis.
_READ = {
    "stock": layout.STOCK_LEDGER,
    "stock-lots": layout.STOCK_LEDGER,
    "sku-movements": layout.STOCK_LEDGER,
    "poster-batches": layout.STOCK_LEDGER,
    "movement": layout.STOCK_LEDGER,
    "item-events": layout.PROVENANCE,
    "settlement": layout.SETTLEMENT,
    "reports": layout.REPORT_HUB,
    "reading": layout.REPORT_HUB,
    "capital": layout.STOCK_HEALTH,
    "place-accuracy": layout.ACCURACY,
    "sku-orders": layout.REPLENISHMENT,
    "sku-returns": layout.RETURNS,
}


def alone(view: str) -> SimulatedLedger:
    """The same history signed by one validator, with what the view reads and little beside: its bundles are short."""
    read = _READ.get(view.split("/")[0])
    both = {layout.REPLENISHMENT, layout.RETURNS}
    reports = scenario.REPORTS_OF.get(view, 1)
    return _alone(frozenset({read} - {None} | ({layout.STOCK_LEDGER} if read in both else set())), reports)


@functools.cache
def _alone(only: frozenset[str], reports: int) -> SimulatedLedger:
    return scenario.build(SimulatedLedger([Signer.make(1)], filled=False, only=only, form=1), reports)


@functools.cache
def goods() -> SimulatedLedger:
    """One validator, stock and events alone: six movements of a SKU in four leaves, three events of an item."""
    ledger = fresh(layout.STOCK_LEDGER, layout.PROVENANCE)
    ledger.mine()
    ledger.set_balance((30, 1, 5, 0), lot=1)
    ledger.post([scenario.movement(number) for number in range(3)])
    ledger.capture(scenario.ITEM, scenario.event())
    ledger.mine()
    ledger.post([scenario.movement(3)])
    wrong = ledger.capture(scenario.ITEM, scenario.event(action="OBSERVE"))
    ledger.mine()
    ledger.capture(scenario.ITEM, scenario.event(errorDeclaration={"reason": "x"}), corrects=wrong, keep=False)
    ledger.post([scenario.movement(4), scenario.movement(5, lot=1)])
    return closed(ledger)


def lone(*powers: int, form: int = 1) -> SimulatedLedger:
    """A new chain of validators with these powers, by default of one, with anchors of this form."""
    signers = [Signer.make(seed, power) for seed, power in enumerate(powers or (1,), 1)]
    return SimulatedLedger(signers, filled=False, form=form)


def usual(ledger: SimulatedLedger, view: str, **options: Any) -> Case:
    """The usual question of a view."""
    parameters = dict(ALL_QUESTIONS[view])
    if view == "transaction/1":
        parameters["hash"] = transaction(ledger, 1)
    return ask(ledger, view, parameters, **options)


def transaction(ledger: SimulatedLedger, index: int, block: int = 2) -> str:
    return "0x" + keccak(ledger.execution.raw_transactions(block)[index]).hex()


def fresh(*names: str, version: int = 2, reports: int = 1, form: int = 1) -> SimulatedLedger:
    """A chain of one validator with these contracts, a place, a SKU with a lot where there is a StockLedger.

    ``version`` is that of StockLedger, ``reports`` that of Accuracy and StockHealth (at most 2).
    """
    versions = {layout.STOCK_LEDGER: version, layout.ACCURACY: reports, layout.STOCK_HEALTH: min(reports, 2)}
    ledger = lone(form=form)
    for name in names:
        ledger.deploy(name, version=versions.get(name, 1))
    ledger.register_place()
    if layout.STOCK_LEDGER in names:
        ledger.register_sku()
        ledger.register_lot(scenario.LOT, 1)
    return ledger


def closed(ledger: SimulatedLedger) -> SimulatedLedger:
    """The same with its block closed and signed."""
    ledger.mine()
    return ledger


class Legacy(Sent):
    """A transaction without a type: neither it nor its receipt has a leading byte."""

    def receipt(self) -> bytes:
        return super().receipt()[1:]


def send_legacy(ledger: SimulatedLedger, status: int = 1) -> str:
    raw = rlp([b"\x01", b"\x02", b"legacy"])
    ledger.pending.append(Legacy(raw, (), status))
    return "0x" + keccak(raw).hex()


def post_records(ledger: SimulatedLedger, records: bytes, leaves: Sequence[bytes], movements: int) -> None:
    """A batch of any records, as a StockLedger would announce it: the log, and the poster's stream."""
    root = merkle.root([merkle.leaf_hash(data) for data in leaves])
    documents, stream = keccak(b"documents"), poster_stream(POSTER, 0)
    payload = documents + root + uint_word(movements) + keccak(records)
    sequence = ledger.append(layout.STOCK_LEDGER, stream, 1, payload)
    ledger.places[POSTER, 0, sequence] = BatchPlace(ledger.number, len(ledger.pending))
    topics = (BATCH_POSTED, address_word(POSTER), uint_word(0), uint_word(sequence))
    head = uint_word(movements) + root + documents + uint_word(128)
    tail = uint_word(len(records)) + records + bytes(-len(records) % 32)
    ledger.send((ADDRESSES[layout.STOCK_LEDGER], topics, head + tail))


def records_1(*records: bytes, sku: int) -> tuple[bytes, list[bytes]]:
    """A group in the form of version 1, and its Merkle leaves."""
    packed = sku.to_bytes(4) + len(records).to_bytes(2) + b"".join(records)
    return packed, list(movements_1.merkle_leaves(packed))
