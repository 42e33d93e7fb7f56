"""Files of a node: keys nobody else can read, genesis, configuration, the lock, ports."""

from __future__ import annotations

import json
import socket
import stat
import tomllib
from pathlib import Path

import pytest

from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.consensus.chain_rules import ChainRules
from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome, NodeHome, NodePorts
from liveledger.node import cometbft, geth, ports, runstate
from liveledger.node.binaries import Engines
from liveledger.node.genesis import consensus_genesis, execution_genesis, validator_address
from liveledger.node.network import Network, NewNetwork, create_network
from liveledger.node.runstate import NodeLock, RunState

RULES = ChainRules("liveledger-x", 7, b"\x01" * 32, CONSORTIUM_ADDRESS, ((b"\x02" * 32, 10),))
ENGINES = Engines(Path("/bin/false"), Path("/bin/false"))


def test_no_block_can_hold_a_blob() -> None:
    genesis = execution_genesis(7, 1_000, {})
    assert {name: entry["max"] for name, entry in genesis["config"]["blobSchedule"].items()} == {
        "cancun": 0,
        "prague": 0,
        "osaka": 0,
    }
    assert int(genesis["gasLimit"], 16) == 400_000_000
    assert len(genesis["alloc"]) == 4


def test_app_state_comes_back_as_the_rules() -> None:
    genesis = json.loads(json.dumps(consensus_genesis(RULES, 1_000, ["node0"])))
    assert ChainRules.from_app_state(genesis["chain_id"], genesis["app_state"]) == RULES
    assert genesis["genesis_time"] == "1970-01-01T00:16:40Z"
    assert int(genesis["consensus_params"]["block"]["max_bytes"]) >= 16 * 1024 * 1024


@pytest.mark.parametrize("name", ["evm_chain_id", "execution_genesis", "consortium", "validators"])
def test_an_incomplete_app_state_is_named(name: str) -> None:
    state = RULES.app_state()
    del state[name]
    with pytest.raises(ConfigurationError, match=name):
        ChainRules.from_app_state("x", state)


def test_keys_are_private_and_never_overwritten(tmp_path: Path) -> None:
    key, node_id = cometbft.create_keys(tmp_path)
    files = [tmp_path / "config" / "priv_validator_key.json", tmp_path / "config" / "node_key.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert json.loads(files[0].read_text())["address"] == validator_address(key).hex().upper()
    assert len(node_id) == 40
    with pytest.raises(ConfigurationError, match="never overwritten"):
        cometbft.create_keys(tmp_path)


def test_the_configuration_is_what_the_bridge_needs(tmp_path: Path) -> None:
    cometbft.create_keys(tmp_path)
    cometbft.write_config(tmp_path, ports.node_ports(20_000, 0), ["ab@h:1"], moniker="n", pace=cometbft.Pace())
    config = tomllib.loads((tmp_path / "config" / "config.toml").read_text())
    assert (config["abci"], config["proxy_app"], config["filter_peers"]) == ("socket", "unix://abci.sock", True)
    assert (config["p2p"]["pex"], config["p2p"]["libp2p"]["enabled"]) == (False, False)
    assert config["mempool"]["type"] == "app"
    assert config["mempool"]["broadcast"] is True
    # geth's limit on a transaction: what is larger is no transaction, whoever tells it.
    assert config["mempool"]["max_tx_bytes"] == 131_072
    assert config["consensus"]["create_empty_blocks"] is True
    assert config["blocksync"]["adaptive_sync"] is False
    assert config["rpc"]["laddr"].startswith("tcp://127.0.0.1:")
    # Longer than the usual wait for the clock (under a second) and a build together; see ADR 9.
    assert int(config["consensus"]["timeout_propose"].removesuffix("ms")) > 1_300


def test_geth_listens_on_loopback_and_keeps_secrets_out_of_its_arguments(tmp_path: Path) -> None:
    geth.create_secret(tmp_path)
    command = geth.arguments(
        Path("geth"), tmp_path, ports.node_ports(20_000, 0), profile=geth.COMPACT, evm_chain_id=7, cache_mb=64
    )
    secrets = [path.read_text().strip() for path in tmp_path.glob("*.key")]
    assert len(secrets) == 1
    assert not any(secret in argument for secret in secrets for argument in command)
    assert command[command.index("--state.scheme") + 1] == "path"
    assert command[command.index("--http.port") + 1] == "20002"


def test_a_node_is_locked_while_it_runs(tmp_path: Path) -> None:
    node = NodeHome(tmp_path)
    assert runstate.running_pid(node) is None
    with NodeLock(node):
        assert runstate.running_pid(node) is not None
        with pytest.raises(ConfigurationError, match="running already"):
            NodeLock(node).__enter__()
    assert runstate.running_pid(node) is None


def test_a_state_without_its_writer_is_a_killed_node(tmp_path: Path) -> None:
    node = NodeHome(tmp_path)
    node.run.mkdir()
    assert RunState.read(node).phase == runstate.STOPPED
    RunState(runstate.RUNNING, restarts=3).write(node)
    assert RunState.read(node) == RunState(runstate.STOPPED, "the node was killed", restarts=3)
    RunState(runstate.FAILED, "invalid").write(node)
    assert RunState.read(node).phase == runstate.FAILED


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    assert runstate.stop_node(NodeHome(tmp_path), patience=1) is False


@pytest.mark.parametrize("plan", [NewNetwork(0), NewNetwork(17), NewNetwork(1, "fast")])
def test_an_impossible_network_leaves_nothing(tmp_path: Path, plan: NewNetwork) -> None:
    home = LedgerHome(tmp_path)
    with pytest.raises(InvalidInput):
        create_network(home, ENGINES, plan, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_creation_can_be_repeated(tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="geth refuses the genesis"):
            create_network(home, ENGINES, NewNetwork(1, base_port=20_000), lambda _: None)
    assert not home.network.exists()
    assert not home.node().directory.exists()


def test_a_ledger_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no ledger 'main'"):
        Network.load(LedgerHome(tmp_path))
    home = LedgerHome(tmp_path)
    home.directory.mkdir()
    home.network.write_text("{}")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Network.load(home)


@pytest.mark.enable_socket
def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
        with pytest.raises(ConfigurationError, match=rf"port {port} \(execution_inner\)"):
            ports.check_free(NodePorts(0, 0, port, 0, 0, 0, 0), patience=0)
