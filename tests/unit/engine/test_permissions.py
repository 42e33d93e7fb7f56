"""A node whose secrets others can reach does not start, and every violation is named with its fix."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from liveledger.chain.accounts.accounts import create_account
from liveledger.domain.errors import InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.node import cometbft, geth
from liveledger.node.binaries import Engines
from liveledger.node.control import run_node, start_detached
from liveledger.node.network import Member, Network
from liveledger.node.permissions import LoosePermissions, check_permissions
from liveledger.node.ports import node_ports
from liveledger.node.remote_signer import SETTING
from liveledger.node.settings import change_settings

ENGINES = Engines(Path("/bin/false"), Path("/bin/false"))
SECRETS = [
    "keys/brand.key",
    "nodes/node0/cometbft/config/priv_validator_key.json",
    "nodes/node0/cometbft/data/priv_validator_state.json",
    "nodes/node0/cometbft/config/node_key.json",
    "nodes/node0/geth/jwt.key",
]
PRIVATE_FOLDERS = ["keys", "nodes/node0/run", "nodes/node0/geth"]
GUARDED_FOLDERS = ["nodes/node0", "nodes/node0/cometbft/config", "nodes/node0/cometbft/data"]


@pytest.fixture
def home(tmp_path: Path) -> LedgerHome:
    """A node's files as they are made, without engines."""
    made = LedgerHome(tmp_path)
    node = made.node()
    node.directory.mkdir(parents=True, mode=0o700)
    node.run.mkdir(mode=0o700)
    node.write_settings(node_ports(20_000, 0))
    key, node_id = cometbft.create_keys(node.cometbft)
    geth.create_secret(node.geth)
    member = Member("node0", node_id, key.hex(), 10, "127.0.0.1", 1)
    Network("main", "chain", 7, "0x" + "00" * 32, "0x", "archive", (member,)).save(made)
    create_account(made, "brand")
    return made


def test_files_as_they_are_made_pass(home: LedgerHome) -> None:
    check_permissions(home, 0)


@pytest.mark.parametrize("name", SECRETS + PRIVATE_FOLDERS)
@pytest.mark.parametrize("extra", [0o040, 0o004, 0o020])
def test_what_others_reach_is_named(home: LedgerHome, name: str, extra: int) -> None:
    path = home.directory / name
    path.chmod(stat.S_IMODE(path.stat().st_mode) | extra)
    with pytest.raises(LoosePermissions) as caught:
        check_permissions(home, 0)
    assert str(path) in caught.value.message
    assert caught.value.hint == f"chmod go= {path}"
    assert caught.value.as_dict()["code"] == "loose-permissions"
    os.system(caught.value.hint)
    check_permissions(home, 0)


@pytest.mark.parametrize("name", GUARDED_FOLDERS)
def test_folders_in_which_others_could_swap_a_key(home: LedgerHome, name: str) -> None:
    path = home.directory / name
    path.chmod(0o755)
    check_permissions(home, 0)
    path.chmod(0o775)
    with pytest.raises(LoosePermissions, match="written by others"):
        check_permissions(home, 0)


def test_all_violations_are_named_at_once(home: LedgerHome) -> None:
    for name in SECRETS:
        (home.directory / name).chmod(0o644)
    with pytest.raises(LoosePermissions) as caught:
        check_permissions(home, 0)
    assert [entry["path"] for entry in caught.value.details["violations"]] == [
        str(home.directory / name) for name in sorted(SECRETS, key=lambda name: caught.value.message.index(name))
    ]
    assert len(caught.value.details["violations"]) == len(SECRETS)


def test_files_of_another_user_are_refused(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveledger.node.permissions.os.geteuid", lambda: 4711)
    with pytest.raises(LoosePermissions, match="not 4711"):
        check_permissions(home, 0)


@pytest.mark.parametrize("name", SECRETS[1:])
def test_a_missing_secret_is_named(home: LedgerHome, name: str) -> None:
    (home.directory / name).unlink()
    with pytest.raises(LoosePermissions, match="is missing"):
        check_permissions(home, 0)


def test_with_a_remote_signer_the_key_need_not_be_here(home: LedgerHome) -> None:
    for name in SECRETS[1:3]:
        (home.directory / name).unlink()
    check_permissions(home, 0, remote_signer=True)


def test_the_node_does_not_start(home: LedgerHome) -> None:
    (home.directory / SECRETS[1]).chmod(0o644)
    with pytest.raises(LoosePermissions):
        run_node(home, 0, ENGINES)
    with pytest.raises(LoosePermissions):
        start_detached(home, [0], ENGINES, lambda _: None)
    change_settings(home.node(), {SETTING: "tcp://127.0.0.1:1"})
    with pytest.raises(InvalidInput, match="unix socket only"):
        run_node(home, 0, ENGINES)
