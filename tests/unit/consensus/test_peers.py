"""Who dials whom: one connection for every two listed nodes, whatever their ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.consensus.peers import Peer, to_dial

_IDS = st.integers(0, 2**160 - 1).map(lambda number: f"{number:040x}")


def _peers(node_ids: set[str]) -> dict[str, Peer]:
    return {node_id: Peer(node_id, "10.0.0.1", 26656) for node_id in node_ids}


@given(st.sets(_IDS, max_size=12))
def test_of_two_listed_nodes_exactly_one_dials(node_ids: set[str]) -> None:
    peers = _peers(node_ids)
    dials = [(own, peer.node_id) for own in node_ids for peer in to_dial(peers, own)]
    assert len(dials) == len(node_ids) * (len(node_ids) - 1) // 2
    assert len({frozenset(pair) for pair in dials}) == len(dials)
    assert all(own != other for own, other in dials)


@given(st.sets(_IDS, max_size=12), _IDS)
def test_a_node_that_is_not_listed_dials_everybody(node_ids: set[str], stranger: str) -> None:
    peers = _peers(node_ids - {stranger})
    assert {peer.node_id for peer in to_dial(peers, stranger)} == peers.keys()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "255.255.255.255", "2001:db8::7"])
def test_an_address_that_stops_cometbft_is_not_dialled(host: str) -> None:
    """CometBFT 0.40 refuses to start when one of its persistent peers has such an address."""
    peers = _peers({"1" * 40, "5" * 40}) | {
        "9" * 40: Peer("9" * 40, host, 26656),
        "8" * 40: Peer("8" * 40, "10.0.0.2", 0),
    }
    assert [peer.node_id for peer in to_dial(peers, "1" * 40)] == ["5" * 40]
