"""From a trust anchor to the newest header of a snapshot, over any number of changed validator sets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liveledger.maintenance.trusted_head import TrustPath
from liveledger.verifier import Code, Refusal, TrustAnchor
from liveledger.verifier.anchor import ContractPin
from liveledger.verifier.times import Time
from tests.simulators.consensus import GENESIS_TIME, Signer, SimulatedConsensus

ONE, TWO, THREE = ([Signer.make(seed + offset) for seed in range(1, 5)] for offset in (0, 10, 20))
ANCHOR = TrustAnchor(
    chain_id="path",
    evm_chain_id=7,
    height=0,
    digest=bytes(32),
    validators=tuple(signer.validator for signer in ONE),
    directory=ContractPin(bytes(20), bytes(32), 0),
    contracts={},
    valid_until=Time(GENESIS_TIME + 10**6),
    issued_at=Time(GENESIS_TIME),
)


def chain(changes: dict[int, list[Signer]], height: int = 40) -> SimulatedConsensus:
    consensus = SimulatedConsensus("path", ONE)
    for number in range(1, height + 1):
        consensus.seal(bytes(32), GENESIS_TIME + number, changes.get(number))
    return consensus


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({}, 0),
        ({7: TWO}, 1),
        ({1: TWO}, 1),
        ({39: TWO}, 1),
        ({1: TWO, 2: THREE, 3: ONE, 4: TWO}, 1),
        ({5: TWO, 20: THREE}, 2),
        ({5: TWO, 9: ONE}, 0),
        ({5: TWO, 9: ONE, 30: THREE}, 1),
    ],
)
def test_every_change_is_followed(changes: dict[int, list[Signer]], steps: int) -> None:
    path = TrustPath(chain(changes), ANCHOR)
    newest, signers = path.follow(40)
    assert newest.header.height == 40
    assert len(signers) == 4
    assert 0 <= path.changes <= len(changes)
    assert steps == 0 or path.changes >= steps


def test_an_anchor_above_some_changes_needs_only_the_later_ones() -> None:
    consensus = chain({5: TWO, 20: THREE})
    anchor = replace(ANCHOR, height=12, validators=tuple(signer.validator for signer in TWO))
    path = TrustPath(consensus, anchor)
    path.follow(40)
    assert path.changes == 1


def test_validators_that_nobody_chose_are_refused() -> None:
    strangers = replace(ANCHOR, validators=tuple(signer.validator for signer in TWO))
    with pytest.raises(Refusal) as refused:
        TrustPath(chain({}), strangers).follow(40)
    assert refused.value.stable_code == Code.VALIDATORS_HASH


def test_a_set_that_was_put_in_between_is_refused() -> None:
    consensus = chain({20: TWO})
    consensus.sets[21] = THREE
    with pytest.raises(Refusal):
        TrustPath(consensus, ANCHOR).follow(40)


def test_a_header_without_two_thirds_is_refused() -> None:
    consensus = chain({20: TWO}, height=19)
    consensus.absent = {0, 1}
    consensus.seal(bytes(32), GENESIS_TIME + 20, TWO)
    consensus.absent = set()
    consensus.seal(bytes(32), GENESIS_TIME + 21)
    with pytest.raises(Refusal) as refused:
        TrustPath(consensus, ANCHOR).follow(21)
    assert refused.value.stable_code == Code.POWER
