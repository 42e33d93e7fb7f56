"""The anchor chain is made for the first who asks, and then kept for a while."""

from __future__ import annotations

import pytest

from liveledger.domain.errors import Unavailable
from liveledger_api.trust.published import KEPT_SECONDS, PublishedChain


def test_it_is_made_anew_after_ten_minutes() -> None:
    clock = [0.0]
    made: list[bytes] = []

    def make() -> bytes:
        made.append(b"%d" % len(made))
        return made[-1]

    chain = PublishedChain(make, lambda: clock[0])
    assert [chain.read(), chain.read()] == [b"0", b"0"]
    clock[0] = KEPT_SECONDS
    assert chain.read() == b"0"
    clock[0] += 1
    assert chain.read() == b"1"


def test_what_could_not_be_made_is_tried_again() -> None:
    away = [True]

    def make() -> bytes:
        if away[0]:
            raise Unavailable("the node is away")
        return b"chain"

    chain = PublishedChain(make)
    with pytest.raises(Unavailable):
        chain.read()
    away[0] = False
    assert chain.read() == b"chain"
