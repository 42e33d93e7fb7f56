"""A restored validator never signs at or below what it may have signed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from liveledger.domain.errors import ConfigurationError
from liveledger.maintenance.errors import UnsafeSigning
from liveledger.maintenance.sign_rule import HANDOVER_SECONDS, Claims, Source, decide
from liveledger.maintenance.signing import MARGIN_HEIGHTS, SignState, floor_height, newest, silent_below
from liveledger.node.retirement import Retirement

NOW = 1_795_000_000
SOURCE = Source(height=100, block_time=NOW - 50, handover="", created_at=NOW - 40)
NOTHING = Claims(None, None, None, power=10, total=40, seen_at=0, gone=False, lost=False)


def at(height: int, step: int = 3) -> SignState:
    return SignState(height, 0, step, {"signature": "x"})


def test_the_newer_state_wins_where_the_node_ran() -> None:
    claims = replace(NOTHING, home=at(140), archived=at(100))
    assert decide(claims, SOURCE, NOW) == (at(140), 0)
    assert decide(replace(claims, home=at(100), archived=at(100)), SOURCE, NOW) == (at(100), 0)


@pytest.mark.parametrize("home", [None, at(0, 0), at(99)])
def test_a_new_machine_waits_until_all_that_was_signed_is_past(home: SignState | None) -> None:
    claims = replace(NOTHING, home=home, archived=at(100))
    with pytest.raises(UnsafeSigning, match="may have signed more"):
        decide(claims, SOURCE, NOW)
    state, height = decide(replace(claims, gone=True), SOURCE, NOW)
    assert state.order == (height, 0, 0)
    assert height == 100 + 50 + MARGIN_HEIGHTS


def test_a_hand_over_goes_on_where_it_stopped_for_a_day() -> None:
    claims = replace(NOTHING, archived=at(100))
    source = replace(SOURCE, handover="ab", created_at=NOW - 60)
    assert decide(claims, source, NOW) == (at(100), 0)
    for created in (NOW - HANDOVER_SECONDS, NOW + 60):
        with pytest.raises(UnsafeSigning):
            decide(claims, replace(source, created_at=created), NOW)


def test_a_retired_home_takes_no_archive_but_a_later_one() -> None:
    claims = replace(NOTHING, home=at(100), archived=at(100), retired=Retirement("ab", NOW - 90), gone=True)
    with pytest.raises(UnsafeSigning, match="this very archive"):
        decide(claims, replace(SOURCE, handover="ab"), NOW)
    assert decide(claims, replace(SOURCE, handover="cd"), NOW) == (at(100), 0)
    assert decide(claims, SOURCE, NOW)[1] > 100


def test_whoever_is_needed_cannot_wait() -> None:
    claims = replace(NOTHING, archived=at(100), power=10, total=30, gone=True)
    with pytest.raises(UnsafeSigning, match="10 of 30 power"):
        decide(claims, SOURCE, NOW)
    assert decide(replace(claims, lost=True), SOURCE, NOW) == (at(100), 0)
    with pytest.raises(UnsafeSigning):
        decide(replace(claims, lost=True, gone=False), SOURCE, NOW)


def test_the_only_validator_is_not_restored_into_silence() -> None:
    alone = replace(NOTHING, home=at(140), archived=at(100), power=10, total=10, gone=True, lost=True)
    with pytest.raises(UnsafeSigning, match="up to 140, and the archive ends at 100"):
        decide(alone, SOURCE, NOW)
    assert decide(replace(alone, home=at(101)), SOURCE, NOW) == (at(101), 0)
    assert decide(replace(alone, home=None), SOURCE, NOW) == (at(100), 0)


def test_a_joiner_whose_key_is_seen_at_work_elsewhere_is_stopped() -> None:
    joiner = replace(NOTHING, home=at(0, 0))
    assert decide(joiner, SOURCE, NOW) == (at(0, 0), 0)
    with pytest.raises(UnsafeSigning):
        decide(replace(joiner, seen_at=100), SOURCE, NOW)
    assert decide(replace(joiner, home=at(101), seen_at=100), SOURCE, NOW) == (at(101), 0)


def test_no_choice_ever_restores_less_than_is_known() -> None:
    states = (None, at(90), at(100), at(400))
    marks = (None, Retirement("ab", 1))
    flags = (False, True)
    for home, archived, mark, gone, lost, handover in itertools.product(
        states, states, marks, flags, flags, ("", "ab")
    ):
        claims = Claims(home, archived, mark, 10, 40, 0, gone, lost)
        try:
            state, height = decide(claims, replace(SOURCE, handover=handover), NOW)
        except UnsafeSigning:
            continue
        known = newest(home, archived)
        assert known is None or state.order >= known.order
        assert height in (0, state.height)


def test_the_floor_is_above_every_block_that_can_be() -> None:
    for passed in (0, 1, 3_600, 86_400):
        assert floor_height(100, NOW - passed, NOW) > 100 + passed + 1
    assert floor_height(100, NOW + 30, NOW) > 100


def test_a_state_is_written_as_cometbft_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "priv_validator_state.json"
    assert SignState.read(path) is None
    silent_below(77).write(path)
    assert path.read_text() == '{\n  "height": "77",\n  "round": 0,\n  "step": 0\n}\n'
    at(5).write(path)
    assert SignState.read(path) == at(5)
    for text in ("", "[]", "{}", '{"height": "x", "round": 0, "step": 0}', '{"height": "-1", "round": 0, "step": 0}'):
        path.write_text(text)
        with pytest.raises(ConfigurationError):
            SignState.read(path)
