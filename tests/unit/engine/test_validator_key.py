"""Where a validator's key is: a new one, a remote one, and never an old key with an empty memory."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.node import cometbft
from liveledger.node.network import Network, node_settings
from liveledger.node.permissions import LoosePermissions, check_permissions
from liveledger.node.ports import node_ports
from liveledger.node.remote_signer import SETTING, address_of, listen_address, use_local, use_remote
from liveledger.node.runstate import NodeLock
from liveledger.node.settings import VALIDATOR_KEY, own_validator_key
from liveledger.node.signer.key import read_key
from liveledger.node.signer.protection import Position
from liveledger.node.signer.run import SignerFiles, begin
from liveledger.node.signer.state import SignerDoubt, above
from liveledger.node.validator_key import new_validator_key
from tests.unit.engine.test_permissions import home as _home

home = _home
SIGNED = {"height": "90", "round": 0, "step": 3}


def key_file(home: LedgerHome) -> Path:
    return cometbft.validator_key_file(home.node().cometbft)


def state_file(home: LedgerHome) -> Path:
    return cometbft.validator_state_file(home.node().cometbft)


def sign(home: LedgerHome, state: dict[str, object]) -> None:
    """Stands for a node that signed up to ``state``."""
    state_file(home).write_bytes(cometbft.encode(state))


def public_of(path: Path) -> bytes:
    return read_key(path).public_key().public_bytes_raw()


@pytest.mark.parametrize("destroy", [False, True])
def test_a_new_key_begins_with_an_empty_memory(home: LedgerHome, destroy: bool) -> None:
    old = public_of(key_file(home))
    sign(home, SIGNED)
    made = new_validator_key(home, 0, destroy_old=destroy)
    assert public_of(key_file(home)) == made.public_key != old
    assert json.loads(state_file(home).read_text()) == cometbft.NOTHING_SIGNED
    assert {stat.S_IMODE(path.stat().st_mode) for path in (key_file(home), state_file(home))} == {0o600}
    assert own_validator_key(node_settings(home, 0), "00" * 32) == made.public_key
    assert Network.load(home).nodes[0].validator_key == old.hex()
    check_permissions(home, 0)
    kept = sorted(path.name for path in key_file(home).parent.iterdir() if ".json." in path.name)
    assert (made.kept is None) == destroy == (kept == [])
    if made.kept:
        assert public_of(made.kept) == old
        assert len(list(state_file(home).parent.glob("priv_validator_state.json.*"))) == 1


def test_old_keys_are_kept_apart(home: LedgerHome) -> None:
    kept = {new_validator_key(home, 0).kept for _ in range(3)}
    assert len(kept) == 3
    assert all(path is not None and path.exists() for path in kept)


def test_a_running_node_keeps_its_key(home: LedgerHome) -> None:
    before = key_file(home).read_bytes()
    with NodeLock(home.node()):
        for act in (
            lambda: new_validator_key(home, 0),
            lambda: use_remote(home, 0, f"unix://{home.node().run}/s"),
        ):
            with pytest.raises(ConfigurationError, match="running already"):
                act()
    assert key_file(home).read_bytes() == before


@pytest.mark.parametrize("writes", range(3))
def test_killed_on_the_way_no_old_key_has_an_empty_memory(
    home: LedgerHome, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write may be the last: the node is whole with the new key, or does not start until it is done again."""
    old, done = public_of(key_file(home)), []
    sign(home, SIGNED)

    def killed(path: Path, content: bytes) -> None:
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(path)
        replace(path, content)

    from liveledger.domain.private_files import replace

    with monkeypatch.context() as mortal:
        mortal.setattr("liveledger.node.validator_key.replace", killed)
        mortal.setattr("liveledger.node.settings.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            new_validator_key(home, 0)
    has_old = key_file(home).exists() and public_of(key_file(home)) == old
    assert not (has_old and state_file(home).exists())
    if writes < 2:
        with pytest.raises(LoosePermissions, match="is missing"):
            check_permissions(home, 0)
    made = new_validator_key(home, 0)
    check_permissions(home, 0)
    assert own_validator_key(node_settings(home, 0), old.hex()) == public_of(key_file(home)) == made.public_key


@pytest.mark.parametrize(
    "address",
    [
        "tcp://10.0.0.1:26659",
        "noise://x@1.2.3.4:1",
        "unix://",
        "unix://relative",
        "/tmp/s",
        "",
        'unix:///a"b',
        "unix:///a\nb",
    ],
)
def test_only_an_absolute_socket_is_an_address(home: LedgerHome, address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        use_remote(home, 0, address)
    if address.startswith(("tcp", "noise")):
        assert "authenticates nobody" in caught.value.message
    assert node_settings(home, 0).get(SETTING) is None


def test_cometbft_listens_and_leaves_the_key_file_alone(home: LedgerHome, tmp_path: Path) -> None:
    node = home.node()
    address = f"unix://{node.run}/signer.sock"
    assert use_remote(home, 0, address) == key_file(home)
    assert address_of(node_settings(home, 0)) == node.run / "signer.sock"
    assert listen_address(node, node.run / "signer.sock") == "unix://signer.sock"
    cometbft.write_config(
        node.cometbft, node_ports(20_000, 0), [], moniker="n", pace=cometbft.Pace(), signer="unix://signer.sock"
    )
    config = tomllib.loads((node.cometbft / "config" / "config.toml").read_text())
    assert config["priv_validator_laddr"] == "unix://signer.sock"
    assert "unused" in config["priv_validator_key_file"]
    assert "unused" in config["priv_validator_state_file"]
    with pytest.raises(ConfigurationError, match="remote signer"):
        new_validator_key(home, 0)


def test_a_socket_where_others_could_listen_is_refused(home: LedgerHome, tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir()
    loose.chmod(0o755)
    with pytest.raises(ConfigurationError, match="open to others"):
        use_remote(home, 0, f"unix://{loose}/s")
    with pytest.raises(ConfigurationError, match="is missing"):
        use_remote(home, 0, f"unix://{tmp_path}/none/s")
    with pytest.raises(ConfigurationError, match="too long"):
        use_remote(home, 0, f"unix:///{'d' * 120}/s")


def test_back_to_the_own_key_goes_on_after_the_signer(home: LedgerHome, tmp_path: Path) -> None:
    use_remote(home, 0, f"unix://{home.node().run}/s")
    sign(home, SIGNED)
    files = SignerFiles(tmp_path / "moved.json", tmp_path / "state.json", "chain")
    key_file(home).rename(files.key)
    begin(files, above(100))
    with pytest.raises(ConfigurationError, match="is missing"):
        use_local(home, 0, files.state, files.identity())
    identity = files.identity()
    key_file(home).write_bytes(cometbft.encode(cometbft.new_validator_key()[0]))
    key_file(home).chmod(0o600)
    with pytest.raises(ConfigurationError, match="not the signer's key"):
        use_local(home, 0, files.state, identity)
    files.key.rename(key_file(home))
    assert use_local(home, 0, files.state, identity).position == Position(100, (1 << 31) - 1, 3)
    assert json.loads(state_file(home).read_text())["height"] == "100"
    assert SETTING not in node_settings(home, 0)
    sign(home, SIGNED | {"height": "200"})
    with pytest.raises(SignerDoubt, match="newer"):
        use_local(home, 0, files.state, identity)


def run(home: LedgerHome, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "liveledger_cli.main", *arguments]
    environment = {"PATH": os.environ["PATH"], "LIVELEDGER_HOME": str(home.root)}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)


def test_the_commands_of_a_move_to_a_signer_and_back(home: LedgerHome, tmp_path: Path) -> None:
    address = f"unix://{home.node().run}/signer.sock"
    files = ["--key", str(tmp_path / "key.json"), "--state", str(tmp_path / "state.json"), "--chain-id", "chain"]
    public = public_of(key_file(home)).hex()
    sign(home, SIGNED)
    assert run(home, "node", "signer").returncode == 2
    assert run(home, "node", "signer", "--local").returncode == 2
    told = json.loads(run(home, "node", "signer", "--listen", address, "--json").stdout)
    assert told == {SETTING: address, "key_file_left": str(key_file(home))}
    key_file(home).rename(tmp_path / "key.json")
    assert run(home, "signer", "init", *files).returncode == 2
    assert run(home, "signer", "run", *files, "--connect", address).returncode == 4
    made = run(home, "signer", "init", *files, "--continue", str(state_file(home)), "--json")
    assert json.loads(made.stdout)["public_key"] == public
    assert run(home, "signer", "run", *files, "--connect", "tcp://127.0.0.1:1").returncode == 2
    (tmp_path / "key.json").rename(key_file(home))
    back = run(home, "node", "signer", "--local", "--state", str(tmp_path / "state.json"))
    assert back.returncode == 0, back.stderr
    assert json.loads(state_file(home).read_text())["height"] == "90"
    new = json.loads(run(home, "node", "new-validator-key", "--json").stdout)
    assert node_settings(home, 0)[VALIDATOR_KEY] == new["validator_key"] != public


def test_a_node_is_told_of_a_signers_new_key(home: LedgerHome) -> None:
    address = f"unix://{home.node().run}/signer.sock"
    assert run(home, "node", "signer", "--listen", address, "--public-key", "zz").returncode == 2
    assert run(home, "node", "signer", "--listen", address, "--public-key", "AB" * 32).returncode == 0
    assert own_validator_key(node_settings(home, 0), "00" * 32) == b"\xab" * 32


def test_a_signer_makes_its_own_new_key(home: LedgerHome, tmp_path: Path) -> None:
    files = ["--key", str(tmp_path / "new.json"), "--state", str(tmp_path / "new.state"), "--chain-id", "chain"]
    made = json.loads(run(home, "signer", "init", *files, "--new", "--json").stdout)
    assert public_of(tmp_path / "new.json").hex() == made["public_key"]
    again = run(home, "signer", "init", *files, "--new")
    assert again.returncode == 4
    assert "signer-state-exists" in again.stderr
