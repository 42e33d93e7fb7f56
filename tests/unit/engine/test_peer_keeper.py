"""Who dials when, and for whom CometBFT starts anew.

A missing peer is dialled for as long as it is listed, and two nodes never dial in the same look.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from liveledger.bindings import validators
from liveledger.consensus.peers import Peer, PeerBook, host_bytes
from liveledger.consensus.validators import ValidatorRegistry
from liveledger.node import peer_keeper as module
from liveledger.node.peer_keeper import LOOK_SECONDS, PATIENCE_SECONDS, PeerKeeper, dial_is_due
from tests.unit.consensus.engine import ScriptedEngine, SetClock

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


class Club:
    """A keeper of OWN over a list that a test changes; LOW and OWN are organisation 1's, HIGH is organisation 2's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "TURN_SECONDS", 0.0)
        self.engine, self.clock = ScriptedEngine(), SetClock(1_001.0)
        self.connected, self.restarts, self.dialled, self.seconds = {LOW, HIGH}, 0, 0, 0.0
        self.list(LOW, 1)
        self.list(OWN, 1)
        self.list(HIGH, 2)

    def list(self, node_id: str, organisation: int) -> None:
        node = validators.Node(organisation, 26656, host_bytes("10.0.0.1"))
        self.engine.nodes.append((bytes.fromhex(node_id), node))

    def strike(self, node_id: str, organisation: int) -> None:
        self.engine.nodes = [
            (raw, node) for raw, node in self.engine.nodes if (raw.hex(), node.organisation) != (node_id, organisation)
        ]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/net_info":
            peers = [{"node_info": {"id": node_id}} for node_id in sorted(self.connected)]
            return httpx.Response(200, json={"result": {"peers": peers}})
        self.dialled += 1
        return httpx.Response(200, json={"result": {}})

    async def _restart(self) -> None:
        self.restarts += 1

    def look(self, *steps: Callable[[], object]) -> list[int]:
        """Takes each step and then looks; how often CometBFT had started anew by then."""
        engine: Any = self.engine

        async def work() -> list[int]:
            book = PeerBook(engine, ValidatorRegistry(engine), self.clock, [])
            keeper = PeerKeeper(book, "http://cometbft", OWN, self._restart, clock=lambda: self.seconds)
            found = []
            async with httpx.AsyncClient(transport=httpx.MockTransport(self._answer)) as http:
                await keeper._look(http)
                for step in steps:
                    step()
                    self.clock.time += LOOK_SECONDS
                    await keeper._look(http)
                    found.append(self.restarts)
            return found

        return asyncio.run(work())


@pytest.fixture
def club(monkeypatch: pytest.MonkeyPatch) -> Club:
    return Club(monkeypatch)


def nothing() -> None:
    """Only time goes by."""


def test_a_node_that_its_organisation_takes_back_restarts_nobody(club: Club) -> None:
    """Listed, connected and taken back again and again: each time was a restart of every node."""
    again = (lambda: club.list(HIGH, 2), lambda: club.strike(HIGH, 2))
    assert club.look(lambda: club.strike(HIGH, 2), nothing, *again * 5) == [0] * 12


def test_a_suspended_or_removed_organisation_is_dropped(club: Club) -> None:
    assert club.look(lambda: club.engine.inactive.add(2)) == [1]


def test_so_is_what_it_took_back_before(club: Club) -> None:
    assert club.look(lambda: club.strike(HIGH, 2), lambda: club.engine.inactive.add(2)) == [0, 1]


def test_and_whom_nobody_listed(club: Club) -> None:
    assert club.look(lambda: club.connected.add("7" * 40)) == [1]


def test_whom_an_active_organisation_lists_too_stays(club: Club) -> None:
    club.list(HIGH, 1)
    assert club.look(lambda: club.engine.inactive.add(2), lambda: club.strike(HIGH, 1)) == [0, 0]


def test_what_was_taken_back_goes_within_a_day_and_once_a_day(club: Club) -> None:
    def pass_by(seconds: float) -> None:
        club.seconds += seconds

    def day() -> None:
        pass_by(PATIENCE_SECONDS)

    found = club.look(lambda: club.strike(HIGH, 2), lambda: pass_by(PATIENCE_SECONDS - 1), day, nothing, nothing, day)
    assert found == [0, 0, 1, 1, 1, 2]


def test_missing_peers_are_dialled_beside_one_that_was_taken_back(club: Club) -> None:
    club.connected = {HIGH}
    club.look(lambda: club.strike(HIGH, 2), *[nothing] * 5)
    assert club.dialled
