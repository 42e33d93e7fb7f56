"""A node that joins late takes a member's snapshot, and believes nothing in it that the validators did not sign."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from liveledger.bindings.constants import ALLOWANCES_ADDRESS
from liveledger.chain.rpc.connection import connect
from liveledger.domain.errors import ConfigurationError
from liveledger.maintenance.backup import Order, make_archive
from liveledger.maintenance.errors import ArchiveRefused
from liveledger.maintenance.manifest import SNAPSHOT
from liveledger.maintenance.restore import Wish, restore
from liveledger.maintenance.signing import silent_below
from liveledger.node import geth
from liveledger.prover.anchors import export_anchor
from liveledger.verifier import Code, Refusal, TrustAnchor
from tests.support.archives import tree
from tests.support.network import RunningNetwork, running_network

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(400)]
LATE = 3


@dataclass
class Joining:
    """Three of four validators run; ``anchor`` is of genesis, ``snapshot`` of node 0."""

    net: RunningNetwork
    anchor: TrustAnchor
    snapshot: Path


def silent(_: str) -> None:
    return


@pytest.fixture(scope="module", params=[geth.ARCHIVE, geth.COMPACT])
def joining(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joining]:
    folder = tmp_path_factory.mktemp("joining")
    with running_network(folder / "home", validators=4, profile=request.param) as net:
        net.stop(LATE)
        net.send(to=ALLOWANCES_ADDRESS, value=7)
        net.wait_blocks(8)
        connection = connect(net.home)
        anchor = export_anchor(connection, 0)
        connection.close()
        make_archive(net.home, 0, net.engines, Order(folder / "a", SNAPSHOT, restart=True), silent)
        yield Joining(net, anchor, folder / "a")


def wish(joining: Joining, anchor: TrustAnchor) -> Wish:
    return Wish(joining.snapshot, node=LATE, trust=anchor.emit())


def test_a_liars_snapshot_is_refused_and_changes_nothing(joining: Joining, tmp_path: Path) -> None:
    net = joining.net
    before = tree(net.home.node(LATE).cometbft)
    reversed_set = tuple(reversed(joining.anchor.validators))
    strangers = tuple(replace(one, power=one.power + 1) for one in reversed_set)
    cases = {
        Code.VALIDATORS_HASH: replace(joining.anchor, validators=strangers),
        Code.HEADER_HASH: replace(joining.anchor, digest=bytes(32)),
        Code.WRONG_CHAIN: replace(joining.anchor, chain_id="another"),
    }
    for code, anchor in cases.items():
        with pytest.raises(Refusal) as refused:
            restore(net.home, net.engines, wish(joining, anchor), silent)
        assert refused.value.stable_code == code
    torn = tmp_path / "torn"
    shutil.copy(joining.snapshot, torn)
    with torn.open("r+b") as file:
        file.seek(torn.stat().st_size // 2)
        file.write(b"\xff" * 64)
    with pytest.raises(ArchiveRefused):
        restore(net.home, net.engines, replace(wish(joining, joining.anchor), archive=torn), silent)
    with pytest.raises(ConfigurationError, match="believed only with a trust anchor"):
        restore(net.home, net.engines, replace(wish(joining, joining.anchor), trust=None), silent)
    assert tree(net.home.node(LATE).cometbft) == before


def test_a_state_that_is_not_the_signed_one_is_seen(joining: Joining) -> None:
    net = joining.net
    net.stop(0)
    data, profile = net.home.node(0).geth, net.network.profile
    try:
        head = geth.stopped_head(net.engines.geth, data, profile)
        assert head.number > 8
        with pytest.raises(ConfigurationError, match="the state is not whole"):
            geth.check_state(net.engines.geth, data, profile, bytes.fromhex("ab" * 32))
    finally:
        net.start(0)


def signed_by(net: RunningNetwork, height: int, member: int) -> bool:
    """Whether the commit of ``height`` holds a member's signature."""
    entries = net.comet(f"commit?height={height}")["signed_header"]["commit"]["signatures"]
    return net.network.nodes[member].address in {entry["validator_address"] for entry in entries}


def test_a_late_joiner_goes_on_from_a_snapshot(joining: Joining) -> None:
    net = joining.net
    done = restore(net.home, net.engines, wish(joining, joining.anchor), silent)
    assert done.verified is not None
    assert done.signs_from == 0
    floor = done.height + 15
    silent_below(floor).write(net.home.node(LATE).cometbft / "data" / "priv_validator_state.json")
    net.start(LATE)
    net.wait_height(floor + 8)
    net.wait_height(floor + 8, node=LATE)
    log = (net.home.node(LATE).logs / "node.log").read_text()
    ready = [line for line in log.splitlines() if '"engine ready"' in line]
    assert f'"height": {done.height}' in ready[-1]
    for height in range(1, done.height + 3):
        assert net.app_hash(height, LATE) == net.app_hash(height, 0)
        assert net.block_hash(height, LATE) == net.block_hash(height, 0)
    signed = [height for height in range(done.height + 1, floor + 8) if signed_by(net, height, LATE)]
    assert signed
    assert min(signed) >= floor
    sent = net.rpc("eth_getTransactionCount", net.administrator.address, "latest", node=LATE)
    assert sent == net.rpc("eth_getTransactionCount", net.administrator.address, "latest")
