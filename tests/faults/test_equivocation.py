"""Row 12: a validator's key on two nodes. Both sign; the proof of it stands in a block, and there is no fork."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.dishonest_bridge import CONTRARY, OTHER_BLOCK
from tests.support.network import RunningNetwork, eventually
from tests.support.promises import World, assert_promises, trading_world
from tests.support.tally import Tally
from tests.support.variants import DISHONEST, events, metric, start_variant

pytestmark = [pytest.mark.network, pytest.mark.faults, pytest.mark.timeout(1500)]
SECRETS = ("config/priv_validator_key.json", "data/priv_validator_state.json")
UNSIGNED = '{"height": "0", "round": 0, "step": 0}\n'


@contextlib.contextmanager
def twins(net: RunningNetwork, keys: dict[int, int], lie: str, aside: Path) -> Iterator[None]:
    """Runs nodes with other nodes' validator keys ({node: whose key}) and a bridge that lies; their own at the end."""
    for node, victim in keys.items():
        net.stop(node)
        home, safe = net.home.node(node), aside / str(node)
        safe.mkdir()
        for name in SECRETS:
            shutil.copy2(home.cometbft / name, safe / Path(name).name)
        shutil.copy2(net.home.node(victim).cometbft / SECRETS[0], home.cometbft / SECRETS[0])
        (home.cometbft / SECRETS[1]).write_text(UNSIGNED)
        (home.run / "lie").write_text(lie)
    try:
        for node in keys:
            start_variant(net, node, DISHONEST)
        yield
    finally:
        for node in keys:
            net.stop(node)
            home = net.home.node(node)
            (home.run / "lie").unlink()
            for name in SECRETS:
                shutil.copy2(aside / str(node) / Path(name).name, home.cometbft / name)
            net.start(node)


def addresses(net: RunningNetwork, *nodes: int) -> set[str]:
    return {net.network.nodes[node].address for node in nodes}


def alarmed(net: RunningNetwork, node: int) -> set[str]:
    """The validators against whom a node raised the alert."""
    alerts = events(net.home.node(node), "a validator misbehaved")
    assert {alert["level"] for alert in alerts} <= {"error"}
    return {alert["validator"] for alert in alerts}


def evidence(net: RunningNetwork, first: int, last: int) -> list[tuple[str, set[str]]]:
    """Who signed what, by the evidence in those blocks: validators, and the hashes of the two blocks ("" for none)."""
    found = []
    for height in range(first, last + 1):
        for row in net.comet(f"block?height={height}")["block"]["evidence"]["evidence"]:
            assert row["type"] == "tendermint/DuplicateVoteEvidence"
            votes: list[dict[str, Any]] = [row["value"]["vote_a"], row["value"]["vote_b"]]
            found.append((votes[0]["validator_address"], {vote["block_id"]["hash"] for vote in votes}))
    return found


def test_one_key_on_two_nodes(world: World, tally: Tally, tmp_path: Path) -> None:
    """Node 2 gives up its own key for node 3's, and votes against everything that node 3 votes for."""
    net, first = world.net, world.net.height()
    with world.load(node=0), twins(net, {2: 3}, CONTRARY, tmp_path):
        eventually("the alert on the honest nodes", lambda: all(alarmed(net, node) for node in (0, 1)))
        net.wait_blocks(2)
        top = net.height()
    found = evidence(net, first, top)
    assert {culprit for culprit, _ in found} == addresses(net, 3) == alarmed(net, 0) == alarmed(net, 1)
    assert metric(net, 0, "liveledger_misbehaviour_total", kind="duplicate-vote") >= 1
    tally.add(12, "one key on two of four nodes", evidence_in_blocks=len(found))


def conflicting(net: RunningNetwork, first: int) -> set[str]:
    """Validators that are proven to have signed two different blocks of one height and round."""
    return {culprit for culprit, blocks in evidence(net, first, net.height()) if len(blocks) == 2 and "" not in blocks}


def test_two_of_seven_sign_conflicting_blocks(tally: Tally, tmp_path: Path) -> None:
    """Two keys run twice, and the second nodes propose a second valid block whenever their key has a turn."""
    with trading_world(tmp_path / "seven", validators=7) as world:
        net, first = world.net, world.net.height()
        with world.load(node=2), twins(net, {5: 0, 6: 1}, OTHER_BLOCK, tmp_path):
            both = addresses(net, 0, 1)
            eventually("evidence of two blocks signed by both", lambda: conflicting(net, first) == both, 600)
            net.wait_blocks(2, node=2)
            blocks = net.height(2) - first
        assert alarmed(net, 2) == addresses(net, 0, 1)
        count = len(evidence(net, first, net.height()))
        figures = assert_promises(world)
    tally.add(12, "two keys of seven sign two blocks", evidence_in_blocks=count, blocks=blocks, **figures)
