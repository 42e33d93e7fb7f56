"""Addresses of nodes: one spelling each, names and nobody's addresses refused."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome, NodeHome, NodePorts
from liveledger.node import cometbft, geth, ports
from liveledger.node.addresses import host_address, is_loopback, listen_address, with_port
from liveledger.node.network import Network
from tests.support.cards import member


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_an_address_has_one_spelling(text: str, address: str) -> None:
    assert host_address(text) == address == listen_address(text)


@pytest.mark.parametrize("text", ["node.example.org", "brand-a", "localhost", "db.example.org."])
def test_a_name_is_refused_as_a_name(text: str) -> None:
    with pytest.raises(InvalidInput, match="is a name: a node's host must be an IP address"):
        host_address(text)


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "1.2.3.4.5", "300.1.1.1", "192.0.2.7:26656", "a b", "x\ny", "-a", "1" * 300]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no IP address"):
        host_address(text)


def test_addresses_that_no_host_has() -> None:
    for text in ("0.0.0.0", "::", "224.0.0.1", "ff02::1"):
        with pytest.raises(InvalidInput, match="no address of one host"):
            host_address(text)
    with pytest.raises(InvalidInput, match="one link"):
        host_address("fe80::1%eth0")
    with pytest.raises(InvalidInput, match="multicast"):
        listen_address("224.0.0.1")
    assert (listen_address("0.0.0.0"), listen_address("::")) == ("0.0.0.0", "::")


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert with_port("2001:db8::7", 5) == "[2001:db8::7]:5"
    assert with_port("192.0.2.7", 5) == "192.0.2.7:5"
    assert is_loopback("::1")
    assert not is_loopback("192.0.2.7")


def test_peers_come_to_the_listen_address_and_all_else_to_loopback(tmp_path: Path) -> None:
    cometbft.create_keys(tmp_path)
    address = cometbft.PeerAddress("0.0.0.0", "2001:db8::7", shared=False)
    mine = ports.node_ports(20_000, 0)
    cometbft.write_config(tmp_path, mine, [], moniker="n", pace=cometbft.Pace(), address=address)
    config = tomllib.loads((tmp_path / "config" / "config.toml").read_text())
    assert config["p2p"]["laddr"] == "tcp://0.0.0.0:20004"
    assert config["p2p"]["external_address"] == "[2001:db8::7]:20004"
    assert config["p2p"]["allow_duplicate_ip"] is False
    assert config["rpc"]["laddr"] == "tcp://127.0.0.1:20003"
    assert config["instrumentation"]["prometheus_listen_addr"] == "127.0.0.1:20005"
    geth.create_secret(tmp_path)
    command = geth.arguments(Path("geth"), tmp_path, mine, profile=geth.ARCHIVE, evm_chain_id=7, cache_mb=64)
    assert tomllib.loads((tmp_path / "config.toml").read_text()) == {
        "Node": {"P2P": {"ListenAddr": "", "NoDial": True}}
    }
    assert command[command.index("--maxpeers") + 1] == "0"
    assert [command[command.index(flag) + 1] for flag in ("--http.addr", "--authrpc.addr")] == ["127.0.0.1"] * 2


def test_a_home_of_the_time_when_geth_had_peers_is_read(tmp_path: Path) -> None:
    home = LedgerHome(tmp_path)
    node = home.node()
    node.directory.mkdir(parents=True)
    node.write_settings(NodePorts(1, 2, 3, 4, 5, 6, 7), profile="archive")
    settings = json.loads(node.settings.read_text())
    settings["ports"]["execution_p2p"] = 9
    node.settings.write_text(json.dumps(settings))
    assert node.ports() == NodePorts(1, 2, 3, 4, 5, 6, 7)
    network = Network("main", "chain", 7, "0x" + "00" * 32, "0x", "archive", (member(0),))
    network.save(home)
    data = json.loads(home.network.read_text())
    data["nodes"][0] |= {"execution_key": "11" * 64, "execution_p2p": 9}
    home.network.write_text(json.dumps(data))
    assert Network.load(home) == network


def test_a_home_that_was_made_before_listens_on_loopback(tmp_path: Path) -> None:
    node = NodeHome(tmp_path)
    node.write_settings(NodePorts(1, 2, 3, 4, 5, 6, 7), profile="archive")
    assert node.listen() == "127.0.0.1"
    node.write_settings(NodePorts(1, 2, 3, 4, 5, 6, 7), listen="192.0.2.7")
    assert node.listen() == "192.0.2.7"


@pytest.mark.enable_socket
def test_a_foreign_address_is_named_before_any_port() -> None:
    with pytest.raises(ConfigurationError, match=r"192\.0\.2\.7 is no address of this host"):
        ports.check_free(ports.node_ports(20_000, 0), "192.0.2.7", patience=0)
