"""A ledger of one validator moves to another home and goes on; the old home is never started; the chain replays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from liveledger.bindings.constants import ALLOWANCES_ADDRESS
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome
from liveledger.maintenance.archive import read_manifest, write
from liveledger.maintenance.backup import Order, make_archive
from liveledger.maintenance.errors import ReplayDiffers, UnsafeSigning
from liveledger.maintenance.replay import verify_replay
from liveledger.maintenance.restore import Wish, restore
from liveledger.node.network import Network
from liveledger.node.ports import choose_base
from liveledger.node.retirement import Retired
from tests.support.archives import state_on_disk, tree
from tests.support.network import RunningNetwork, running_network

pytestmark = pytest.mark.network


def silent(_: str) -> None:
    return


@pytest.fixture
def old(tmp_path: Path) -> Iterator[RunningNetwork]:
    with running_network(tmp_path / "old") as network:
        yield network


def test_a_ledger_moves_and_goes_on(old: RunningNetwork, tmp_path: Path) -> None:
    receipt = old.send(to=ALLOWANCES_ADDRESS, value=7)
    old.wait_blocks(2)
    before = {height: old.block_hash(height) for height in range(old.height())}
    archive = tmp_path / "handover"
    with pytest.raises(ConfigurationError, match="running already"):
        verify_replay(old.home, 0, old.engines, silent)
    with pytest.raises(ConfigurationError, match="node 0 runs"):
        make_archive(old.home, 0, old.engines, Order(archive), silent)
    made = make_archive(old.home, 0, old.engines, Order(archive, keys=True, retire=True, restart=True), silent)
    assert made.manifest.height >= max(before)
    with pytest.raises(Retired):
        old.start()
    with pytest.raises(UnsafeSigning, match="this very archive"):
        restore(old.home, old.engines, Wish(archive, gone=True), silent)

    home = LedgerHome(tmp_path / "new", old.home.name)
    restore(home, old.engines, Wish(archive, base_port=choose_base(home.directory, 1)), silent)
    assert state_on_disk(home) == state_on_disk(old.home)
    new = RunningNetwork(home, old.engines, Network.load(home))
    try:
        new.start()
        new.wait_height(made.manifest.height + 3)
        assert {height: new.block_hash(height) for height in before} == before
        assert new.receipt(receipt["transactionHash"])["blockHash"] == receipt["blockHash"]
        assert new.send(to=ALLOWANCES_ADDRESS, value=1)["status"] == "0x1"
    finally:
        new.stop()
        new.http.close()
    blocks = tree(home.node().cometbft / "data")
    replayed = verify_replay(home, 0, old.engines, silent, against=archive)
    assert replayed.height > read_manifest(archive).height
    assert replayed.gas >= 42_000
    assert tree(home.node().cometbft / "data") == blocks
    assert [path.name for path in home.root.iterdir()] == [home.name]
    other = replace(made.manifest, app_hash="0x" + "ab" * 32, files=())
    write(tmp_path / "fork", other, {}, before=lambda: None)
    with pytest.raises(ReplayDiffers, match="in the archive 0xabab"):
        verify_replay(home, 0, old.engines, silent, against=tmp_path / "fork")
