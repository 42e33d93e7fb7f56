"""Bundles whose verification is timed in browsers: a simulated chain, real signatures, tries of some size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import uint_word
from liveledger.verifier import encode_bundle, layout
from tests.proofs import scenario
from tests.proofs.making import histories
from tests.proofs.making.chains import ask
from tests.proofs.scenario import AGREEMENT, Case
from tests.simulators.consensus import Signer
from tests.simulators.ledger import SimulatedLedger
from tests.simulators.tries import keccak

EVENTS, ROWS, ROWS_A_PAGE, UNIT_COST_FEN, BRAND_BPS = 20, 200, 100, 1_250, 7_000
VALIDATORS, MANY_VALIDATORS, CHANGES = 4, 20, 64


@dataclass(frozen=True)
class Timed:
    """A bundle with what it is verified by; ``about`` says what it is of."""

    name: str
    about: str
    case: Case

    def given(self) -> dict[str, Any]:
        """What ``tests/browsers/timing.js`` takes."""
        return {
            "name": self.name,
            "bundle": encode_bundle(self.case.bundle).decode(),
            "anchor": json.dumps(self.case.anchor.as_json()),
            "question": self.case.question.as_json(),
            "now": int(self.case.bundle["light_block"]["header"]["time"]["seconds"]),
        }


def bundles() -> list[Timed]:
    """All of them."""
    few, many = ([Signer.make(seed) for seed in range(1, count + 1)] for count in (VALIDATORS, MANY_VALIDATORS))
    return [
        Timed("item", f"history of {EVENTS} events, {VALIDATORS} validators", item(SimulatedLedger(few))),
        Timed("settlement", f"settlement of {ROWS} SKUs, {VALIDATORS} validators", settlement(SimulatedLedger(few))),
        Timed(
            "changes",
            f"history of {EVENTS} events, {MANY_VALIDATORS} validators, {CHANGES} changes of their set",
            item(SimulatedLedger(many), CHANGES),
        ),
    ]


def item(ledger: SimulatedLedger, changes: int = 0) -> Case:
    """An item with ``EVENTS`` events in as many blocks; then ``changes`` blocks, each changing a validator's power."""
    ledger.deploy(layout.PROVENANCE, version=2)
    ledger.claim(histories.GTIN, histories.BRAND)
    for number in range(EVENTS):
        told = scenario.event(epcList=[histories.ITEM], bizStep="shipping", note=f"carton {number:03}")
        ledger.capture_by(histories.BRAND, histories.ITEM, told, standing=histories.OWN, kind=1)
        ledger.mine()
    signers = ledger.signers
    for change in range(changes):
        signers = [*signers]
        signers[change % len(signers)] = Signer(signers[change % len(signers)].key, power=2 + change // len(signers))
        ledger.mine(following=signers)
    ledger.mine()
    ledger.mine()
    return ask(ledger, histories.VIEW, {"item": histories.ITEM}, anchor=1)


def settlement(ledger: SimulatedLedger) -> Case:
    """One settlement of ``ROWS`` SKUs, each with some overstock."""
    ledger.deploy(layout.SETTLEMENT)
    rows = [
        scenario.input_row(sku, UNIT_COST_FEN, 1_000, 900, 720 + sku % 100, 20, 200 - sku % 100)
        for sku in range(1, ROWS + 1)
    ]
    pages = [b"".join(rows[at : at + ROWS_A_PAGE]) for at in range(0, ROWS, ROWS_A_PAGE)]
    ledger.agree(AGREEMENT, BRAND_BPS, scenario.hash_of_terms(pages))
    ledger.mine()
    session, rolling = keccak(b"session"), bytes(32)
    for number, page in enumerate(pages):
        rolling = keccak(rolling + keccak(page))
        ledger.settle_page(session, number, page)
    loss = UNIT_COST_FEN * sum(int.from_bytes(row[-8:]) for row in rows)
    brand = (loss * BRAND_BPS + 5_000) // 10_000
    figures = b"".join(map(uint_word, (loss, brand, loss - brand, ROWS)))
    ledger.append(layout.SETTLEMENT, AGREEMENT, 1, session + figures + rolling)
    ledger.mine()
    ledger.mine()
    return ask(ledger, "settlement/2", {"agreement": "0x" + AGREEMENT.hex(), "first": "0", "limit": "1"}, anchor=1)
