"""Who dials when: a missing peer is dialled for as long as it is listed, and two nodes never dial in the same look."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from liveledger.consensus.peers import Peer
from liveledger.engine.peer_keeper import LOOK_SECONDS, PeerKeeper, dial_is_due
from structlog.testing import capture_logs

_HOUR = round(3_600 / LOOK_SECONDS)
LOW, OWN, HIGH = "1" * 40, "5" * 40, "9" * 40
PEERS = {node_id: Peer(node_id, "10.0.0.1", 26656) for node_id in (LOW, OWN, HIGH)}


def looks(answer: Callable[[httpx.Request], httpx.Response], connected: list[set[str]]) -> None:
    """Lets the keeper of OWN look so many times, with these connections, at a CometBFT that answers so."""
    unused: Any = None
    keeper = PeerKeeper(unused, "http://cometbft", OWN, unused)

    async def look_on() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            for each in connected:
                await keeper._dial_missing(http, PEERS, each)

    asyncio.run(look_on())


def dials(connected: list[set[str]]) -> list[tuple[str, list[str], str]]:
    """What CometBFT was asked: method, node ids, whether they are to be kept."""
    asked: list[tuple[str, list[str], str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        node_ids = [address.partition("@")[0] for address in json.loads(request.url.params["peers"])]
        asked.append((request.url.path, node_ids, request.url.params["persistent"]))
        return httpx.Response(200, json={"result": {"log": ""}})

    looks(answer, connected)
    return asked


def test_whoever_is_ours_is_kept_and_the_others_are_only_dialled() -> None:
    early, late = ("/dial_peers", [LOW], "false"), ("/dial_peers", [HIGH], "true")
    assert dials([set()] * 6) == [early, early, late]


def test_nobody_is_dialled_who_is_there() -> None:
    assert dials([{LOW, HIGH}] * 40) == []
    assert dials([{HIGH}, {LOW, HIGH}] * 20) == []  # it is back before its time has come, and counts anew


@pytest.mark.parametrize("body", [{"error": {"message": "no such method"}}, [], "", {"result": None}])
def test_a_refused_dial_is_said_and_survived(body: object) -> None:
    with capture_logs() as logs:
        looks(lambda _: httpx.Response(200, json=body), [set()] * 2)
    refused = not (isinstance(body, dict) and "result" in body)
    assert [line["log_level"] for line in logs] == ["warning" if refused else "info"]


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
