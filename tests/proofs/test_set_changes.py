"""More changes of the validators than a bundle carries: the client names its anchor, and the hint can be followed."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import pytest

from liveledger.prover import prover
from liveledger.prover.errors import BundleTooLarge
from liveledger.verifier import Question, Refusal, encode_bundle, layout, verify
from liveledger.verifier.bundle import MAX_SET_CHANGES
from liveledger.verifier.refusal import Code
from liveledger.verifier.shape import MAX_BUNDLE_BYTES
from tests.simulators.consensus import Signer
from tests.simulators.ledger import SimulatedLedger

CHANGES = MAX_SET_CHANGES + 6
QUESTION = Question.parse({"view": "acts/1", "parameters": {"contract": "Governance", "first": "0", "limit": "5"}})
TO_FOLLOW = re.compile(r"liveledger trust export --height (\d+) --out trust\.json")


def changing(count: int, sets: tuple[list[Signer], list[Signer]]) -> SimulatedLedger:
    """A ledger whose validators change with each of its first headers, back and forth."""
    ledger = SimulatedLedger(sets[0])
    ledger.deploy(layout.STOCK_LEDGER, 2)
    for number in range(count):
        ledger.mine(following=sets[(number + 1) % 2])
    for _ in range(3):
        ledger.mine()
    return ledger


@functools.cache
def often() -> SimulatedLedger:
    return changing(CHANGES, ([Signer.make(1)], [Signer.make(2)]))


@functools.cache
def wide() -> SimulatedLedger:
    """Sets of twenty, of which one member changes."""
    many = [Signer.make(seed) for seed in range(1, 22)]
    return changing(16, (many[:20], many[1:]))


def proven(ledger: SimulatedLedger, since: int | None, anchor: int) -> dict[str, Any]:
    """The bundle, verified with the client's anchor of the height ``anchor``."""
    bundle = encode_bundle(ledger.prover().prove(QUESTION, since=since))
    verify(bundle, anchor=ledger.anchor(anchor), question=QUESTION, now=1_700_000_100)
    found: dict[str, Any] = json.loads(bundle)
    return found


def hinted(ledger: SimulatedLedger, since: int | None = None) -> int:
    """The height that the hint names."""
    with pytest.raises(BundleTooLarge) as refused:
        ledger.prover().prove(QUESTION, since=since)
    found = TO_FOLLOW.search(refused.value.hint)
    assert found, refused.value.hint
    assert refused.value.details["anchor_height"] == found[1]
    return int(found[1])


@pytest.mark.parametrize(("ledger", "room"), [(often, MAX_BUNDLE_BYTES), (wide, 100_000)])
def test_the_hint_can_be_followed_to_the_letter(ledger: Any, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By number, and by size: of two hundred validators, whose megabyte holds fourteen changes, a tenth."""
    monkeypatch.setattr(prover, "MAX_BUNDLE_BYTES", room)
    height = hinted(ledger())
    assert hinted(ledger(), height - 1) == height
    bundle = proven(ledger(), height, height)
    assert len(encode_bundle(bundle)) <= room
    heights = [int(change["light_block"]["header"]["height"]) for change in bundle["set_changes"]]
    assert min(heights) > height


def test_sixty_four_changes_are_carried_and_no_more() -> None:
    height = hinted(often())
    assert height == often().consensus.changes[-MAX_SET_CHANGES - 1]
    assert len(proven(often(), height, height)["set_changes"]) == MAX_SET_CHANGES


def test_a_bundle_serves_anchors_from_the_named_height_on_and_none_before() -> None:
    height = often().consensus.changes[-3]
    for newer in (height, height + 1, often().consensus.changes[-1]):
        assert len(proven(often(), height, newer)["set_changes"]) == 2
    with pytest.raises(Refusal) as refused:
        proven(often(), height, height - 1)
    assert refused.value.stable_code == Code.VALIDATORS_HASH


def test_an_anchor_that_is_not_below_the_answer_changes_nothing() -> None:
    """The bundle begins at the prover's own: the client says by its own code that its anchor is too new."""
    ledger = changing(3, ([Signer.make(1)], [Signer.make(2)]))
    header = ledger.prover().verifiable() + 1
    for since in (header, header + 1, 1 << 61):
        assert len(proven(ledger, since, 0)["set_changes"]) == 3
    with pytest.raises(Refusal) as refused:
        proven(ledger, header, header)
    assert refused.value.stable_code == Code.BELOW_ANCHOR
