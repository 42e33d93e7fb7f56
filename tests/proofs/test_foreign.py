"""Foreign evidence passes steps 1 to 8: nothing in this file was made by this project's own code."""

from __future__ import annotations

import pytest

from liveledger.verifier import encode_bundle, verify
from liveledger.verifier.validators import set_hash
from tests.proofs import foreign

BLOCKS = pytest.mark.parametrize("number", range(len(foreign.VECTORS)))


@BLOCKS
def test_recorded_block_is_accepted(number: int) -> None:
    vector = foreign.VECTORS[number]
    verdict = verify(
        encode_bundle(foreign.bundle(vector)),
        anchor=foreign.anchor(vector),
        question=foreign.question(vector),
        now=1_800_000_000,
    )
    assert verdict.block == vector["height"]
    assert verdict.block_time == int(vector["execution_block"]["timestamp"], 16)
    assert (verdict.signed_power, verdict.total_power) == (4, 4)
    assert verdict.answer["values"][2] is None


@BLOCKS
def test_hashes_are_those_of_cometbft(number: int) -> None:
    vector = foreign.VECTORS[number]
    header = vector["cometbft_commit"]["header"]
    assert set_hash(foreign.anchor(vector).validators).hex().upper() == header["validators_hash"]
