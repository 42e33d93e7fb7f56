"""Whom a node lets connect: the Consortium's founders, then the nodes that members listed."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import validators
from liveledger.consensus._abci.tendermint.abci import types_pb2 as abci
from liveledger.consensus.application import Application
from liveledger.consensus.peers import Peer, PeerBook, host_bytes, host_text
from liveledger.consensus.validators import ValidatorRegistry
from liveledger.domain.errors import InvalidInput
from tests.unit.consensus.engine import GENESIS, KEY, OTHER_KEY, PEER, ScriptedEngine, SetClock, run


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (f"/p2p/filter/id/{PEER}", True),
        ("/p2p/filter/addr/127.0.0.1:4001", True),
        ("/p2p/filter/id/" + "cd" * 20, False),
        ("/p2p/filter/addr/10.0.0.1:4001", False),
        ("/p2p/filter/addr/", False),
        ("/p2p/filter/x", False),
        ("/store/key", False),
    ],
)
def test_strangers_are_refused(app: Application, path: str, allowed: bool) -> None:
    assert (run(app.query(abci.RequestQuery(path=path))).code == 0) is allowed


def test_a_member_without_power_or_an_engine_away_is_refused(
    engine: ScriptedEngine, app: Application, clock: SetClock
) -> None:
    request = abci.RequestQuery(path=f"/p2p/filter/id/{PEER}")
    engine.set_validators({KEY: 0, OTHER_KEY: 10})
    assert run(app.query(request)).code == 1
    engine.set_validators({KEY: 10, OTHER_KEY: 10})
    clock.time += 2
    assert run(app.query(request)).code == 0
    engine.away = True
    clock.time += 2
    assert run(app.query(request)).code == 1


def test_one_answer_serves_a_crowd_of_peers(engine: ScriptedEngine, app: Application) -> None:
    for _ in range(50):
        assert code(app, f"id/{PEER}") == 0
    assert engine.calls.count("view") == 1


LISTED = "ef" * 20


NODE = validators.Node(1, 26_656, host_bytes("10.0.0.7"))


def code(app: Application, path: str) -> int:
    return int(run(app.query(abci.RequestQuery(path=f"/p2p/filter/{path}"))).code)


def test_the_contracts_list_decides_once_it_has_nodes(
    engine: ScriptedEngine, app: Application, clock: SetClock
) -> None:
    clock.time = GENESIS.timestamp + 1
    engine.nodes.append((bytes.fromhex(LISTED), NODE))
    assert (code(app, f"id/{LISTED}"), code(app, "addr/10.0.0.7:5")) == (0, 0)
    # A founder that is not on the list any more, or never was.
    assert (code(app, f"id/{PEER}"), code(app, "addr/127.0.0.1:5")) == (1, 1)


def test_a_node_that_catches_up_also_knows_the_founders(
    engine: ScriptedEngine, app: Application, clock: SetClock
) -> None:
    clock.time = GENESIS.timestamp + 3_600
    engine.nodes.append((bytes.fromhex(LISTED), NODE))
    assert (code(app, f"id/{LISTED}"), code(app, f"id/{PEER}"), code(app, "id/" + "cd" * 20)) == (0, 0, 1)


def test_a_look_at_the_peers_asks_the_directory_once(engine: ScriptedEngine, clock: SetClock) -> None:
    """Which contract has the validators: not once more for each founder."""
    clock.time = GENESIS.timestamp + 3_600
    founders = [Peer(f"{number:040x}", "127.0.0.1", 4_000 + number, KEY) for number in range(4)]
    assert len(run(PeerBook(engine, ValidatorRegistry(engine), clock, founders).current())) == 4
    version, entry, powers = 1, 1, len(founders)
    assert engine.calls.count("storage") == version + entry + powers


def test_whoever_lists_anothers_node_hides_it_from_nobody(
    engine: ScriptedEngine, app: Application, clock: SetClock
) -> None:
    clock.time = GENESIS.timestamp + 1
    elsewhere = replace(NODE, organisation=2, host=host_bytes("10.0.0.8"))
    engine.nodes += [(bytes.fromhex(LISTED), elsewhere), (bytes.fromhex(LISTED), NODE)]
    assert (code(app, f"id/{LISTED}"), code(app, "addr/10.0.0.7:5"), code(app, "addr/10.0.0.8:5")) == (0, 0, 0)
    peers = run(app._peers._book.current())
    assert peers[LISTED].addresses == [f"{LISTED}@10.0.0.8:26656", f"{LISTED}@10.0.0.7:26656"]


@given(st.ip_addresses())
def test_addresses_keep_their_form(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    assert host_text(host_bytes(str(address))) == str(mapped or address)


@pytest.mark.parametrize("text", ["", "example.org", "10.0.0", "::1%eth0x", "1" * 50])
def test_a_host_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no IP address"):
        host_bytes(text)
