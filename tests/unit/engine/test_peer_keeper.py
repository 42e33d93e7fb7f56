"""Who dials when: a missing peer is dialled for as long as it is listed, and two nodes never dial in the same look."""

from __future__ import annotations

import itertools

from liveledger.engine.peer_keeper import LOOK_SECONDS, dial_is_due

_HOUR = round(3_600 / LOOK_SECONDS)


def test_two_nodes_that_miss_each_other_never_dial_in_the_same_look() -> None:
    assert not [looks for looks in range(_HOUR) if dial_is_due(looks, ours=True) and dial_is_due(looks, ours=False)]


def test_a_missing_peer_is_dialled_for_ever() -> None:
    for ours, most in ((True, 13.0), (False, 61.0)):
        due = [looks for looks in range(_HOUR) if looks and dial_is_due(looks, ours=ours)]
        gaps = [later - earlier for earlier, later in itertools.pairwise(due)]
        assert max(gaps) * LOOK_SECONDS < most
        assert _HOUR - due[-1] <= max(gaps)


def test_a_node_that_returns_is_dialled_within_seconds() -> None:
    assert dial_is_due(2, ours=False)
    assert not dial_is_due(1, ours=True)
