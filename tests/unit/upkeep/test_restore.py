"""Restoring: all is checked first, nothing newer is ever replaced by something older, and a refusal changes nothing."""

from __future__ import annotations

import shutil
import stat
import time
from collections import namedtuple
from pathlib import Path

import pytest

from liveledger.consensus.block_rules import RULES_VERSION
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome
from liveledger.maintenance import contents, manifest
from liveledger.maintenance.contents import SIGN_STATE, VALIDATOR_KEY, allowed, place
from liveledger.maintenance.errors import ArchiveRefused, UnsafeSigning, WrongLedger
from liveledger.maintenance.manifest import SNAPSHOT
from liveledger.maintenance.restore import Restored, Wish, restore
from liveledger.maintenance.swap import put_in_place
from liveledger.node import control
from liveledger.node.network import Network
from liveledger.node.retirement import Retired, Retirement, mark_path
from liveledger.node.runstate import NodeLock
from tests.support.archives import MadeHome, engines, made_home, state_on_disk, tree

OURS = {"rules": str(RULES_VERSION), "cometbft": "v0", "geth": "v0", "liveledger": "0"}

GONE = {"gone": True}


@pytest.fixture
def made(tmp_path: Path) -> MadeHome:
    return made_home(tmp_path / "old")


@pytest.fixture
def new(tmp_path: Path) -> LedgerHome:
    return LedgerHome(tmp_path / "new", "test")


def put_back(home: LedgerHome, archive: Path, **wish: object) -> Restored:
    return restore(home, engines(), Wish(archive, **wish), lambda _: None)  # type: ignore[arg-type]


def test_a_hand_over_makes_the_same_node_elsewhere(made: MadeHome, new: LedgerHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a", keys=True, handover="ab", created_at=int(time.time()))
    done = put_back(new, tmp_path / "a", base_port=23_000)
    assert (done.height, done.signs_from, done.kept) == (100, 0, ())
    assert state_on_disk(new)["height"] == "100"
    for name in ("nodes/node0/geth/jwt.key", "keys/administrator.key", "nodes/node0/" + VALIDATOR_KEY[5:]):
        assert (new.directory / name).read_bytes() == (made.home.directory / name).read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in new.directory.rglob("*")} == {0}
    assert new.node().ports().execution_http == 23_000
    assert Network.load(new).nodes[0].consensus_p2p == new.node().ports().consensus_p2p
    assert [path.name for path in new.root.iterdir()] == ["test"]


def test_an_archive_of_the_time_when_geth_had_peers_is_read(
    made: MadeHome, new: LedgerHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.write("node/geth/network.key", b"11" * 32)
    with monkeypatch.context() as then:
        then.setattr(manifest, "FORMAT", "liveledger-archive/1")
        then.setattr(contents, "NODE_KEYS", (*contents.NODE_KEYS, "node/geth/network.key"))
        made.archive(tmp_path / "a", keys=True, handover="ab", created_at=int(time.time()))
    assert put_back(new, tmp_path / "a").height == 100
    assert Network.load(new) == made.network


def test_an_older_backup_makes_a_validator_wait(made: MadeHome, new: LedgerHome, tmp_path: Path) -> None:
    manifest = made.archive(tmp_path / "a", keys=True)
    with pytest.raises(UnsafeSigning):
        put_back(new, tmp_path / "a")
    assert not new.directory.exists()
    done = put_back(new, tmp_path / "a", **GONE)
    assert done.signs_from > manifest.height + time.time() - manifest.block_time
    assert state_on_disk(new) == {"height": str(done.signs_from), "round": 0, "step": 0}


def test_an_older_signing_state_is_never_restored(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a")
    made.sign(140)
    made.note("outbox.db", "acknowledged later")
    made.write("node/geth/geth/chaindata/000002.sst", b"newer")
    (made.home.node().logs / "node.log").write_text("what happened")
    key = place(made.home, 0, VALIDATOR_KEY).read_bytes()
    done = put_back(made.home, tmp_path / "a")
    assert done.signs_from == 0
    assert state_on_disk(made.home)["height"] == "140"
    assert place(made.home, 0, VALIDATOR_KEY).read_bytes() == key
    assert not place(made.home, 0, "node/geth/geth/chaindata/000002.sst").exists()
    assert made.notes("outbox.db") == ["acknowledged", "acknowledged later"]
    assert "outbox.db" in done.kept
    assert (made.home.node().logs / "node.log").read_text() == "what happened"


def test_the_outbox_comes_back_where_it_was_lost(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a")
    for path in made.home.directory.glob("outbox.db*"):
        path.unlink()
    put_back(made.home, tmp_path / "a")
    assert made.notes("outbox.db") == ["acknowledged"]


def test_without_keys_there_is_no_node(made: MadeHome, new: LedgerHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a", handover="ab", created_at=int(time.time()))
    with pytest.raises(ConfigurationError, match="neither the archive nor this home has"):
        put_back(new, tmp_path / "a")
    assert not new.directory.exists()


def test_refusals_change_nothing(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a")
    cases = {
        "chain": ({"chain_id": "liveledger-other-1"}, WrongLedger),
        "genesis": ({"genesis_hash": "0x" + "99" * 32}, WrongLedger),
        "node": ({"node": 9}, ConfigurationError),
        "rules": ({"versions": OURS | {"rules": str(RULES_VERSION + 1)}}, ArchiveRefused),
        "geth": ({"versions": OURS | {"geth": "v9.0.0"}}, ArchiveRefused),
        "ledger": ({"ledger": "another"}, ArchiveRefused),
    }
    for name, (changes, _) in cases.items():
        made.archive(tmp_path / name, **changes)
    made.archive(tmp_path / "untrusted", kind=SNAPSHOT)
    shutil.copy(tmp_path / "a", tmp_path / "damaged")
    with (tmp_path / "damaged").open("r+b") as file:
        file.truncate((tmp_path / "a").stat().st_size - 20)
    before = tree(made.home.root)
    for name, (_, error) in cases.items():
        with pytest.raises(error):
            put_back(made.home, tmp_path / name)
    with pytest.raises(ConfigurationError, match="trust anchor"):
        put_back(made.home, tmp_path / "untrusted")
    with pytest.raises(ArchiveRefused):
        put_back(made.home, tmp_path / "damaged")
    assert tree(made.home.root) | {"test/nodes/node0/run/node.pid": b""} == before | {
        "test/nodes/node0/run/node.pid": b""
    }


def test_what_has_no_place_in_an_archive() -> None:
    assert allowed(VALIDATOR_KEY, private=True, keys=True)
    assert not allowed(VALIDATOR_KEY, private=True, keys=False)
    assert not allowed(VALIDATOR_KEY, private=False, keys=True)
    assert not allowed(SIGN_STATE, private=False, keys=True)
    assert not allowed("node/cometbft/config/config.toml", private=True, keys=True)
    assert not allowed("node/geth/geth/nodekey", private=True, keys=True)


def test_another_validators_key_is_not_mixed_in(made: MadeHome, tmp_path: Path) -> None:
    other = made_home(tmp_path / "other")
    other.archive(tmp_path / "a", keys=True)
    with pytest.raises(UnsafeSigning, match="another validator's key"):
        put_back(made.home, tmp_path / "a")


def test_a_running_node_is_left_alone(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a")
    with NodeLock(made.home.node()), pytest.raises(ConfigurationError, match="running already"):
        put_back(made.home, tmp_path / "a")


def test_a_full_disk_is_seen_before(made: MadeHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made.archive(tmp_path / "a")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1))
    with pytest.raises(ConfigurationError, match="MB free"):
        put_back(made.home, tmp_path / "a")


def test_what_an_interrupted_restore_left_is_removed(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "a")
    left = made.home.root / ".restore-test-node0-ab12" / "test"
    left.mkdir(parents=True)
    put_back(made.home, tmp_path / "a")
    assert [path.name for path in made.home.root.iterdir()] == ["test"]


def test_a_retired_home_is_not_started(made: MadeHome) -> None:
    Retirement("ab", 1_795_000_000).write(made.home.node())
    for start in (
        lambda: control.run_node(made.home, 0, engines()),
        lambda: control.start_detached(made.home, [0], engines(), lambda _: None),
    ):
        with pytest.raises(Retired, match=r"handed over .*2026-11-18"):
            start()
    mark_path(made.home.node()).write_text("torn")
    assert Retirement.read(made.home.node()) == Retirement("", 0)


def test_a_later_hand_over_brings_a_retired_home_back(made: MadeHome, tmp_path: Path) -> None:
    made.archive(tmp_path / "first", keys=True, handover="ab", created_at=int(time.time()))
    Retirement("ab", int(time.time())).write(made.home.node())
    with pytest.raises(UnsafeSigning, match="this very archive"):
        put_back(made.home, tmp_path / "first", gone=True)
    made.archive(tmp_path / "second", keys=True, handover="cd", created_at=int(time.time()))
    put_back(made.home, tmp_path / "second")
    assert Retirement.read(made.home.node()) is None


def test_folders_change_places(tmp_path: Path) -> None:
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    replaced = put_in_place(tmp_path / "new", tmp_path / "old")
    assert replaced is not None
    assert (tmp_path / "old" / "file").read_text() == "new"
    assert (replaced / "file").read_text() == "old"
    assert put_in_place(tmp_path / "old", tmp_path / "deep" / "fresh") is None
