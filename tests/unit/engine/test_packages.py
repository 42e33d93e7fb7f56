"""Founding packages: what comes back, what does not follow from the founders, junk; and what joining refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.node import cometbft, geth
from liveledger.node.binaries import Engines
from liveledger.node.descriptors import read_card, write_card
from liveledger.node.founding import CardPlan, compose_package, export_package, join_ledger, make_card
from liveledger.node.network import Network, NewNetwork, create_network, new_network
from liveledger.node.packages import Package, digest, read_package
from tests.support.cards import card, member, secret

ENGINES = Engines(Path("/bin/false"), Path("/bin/false"))
GENESIS_HASH = b"\x07" * 32


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """A package of four founders; geth was not asked for its hash."""
    home = LedgerHome(tmp_path_factory.mktemp("composer"))
    network = new_network(home, tuple(member(seed) for seed in range(4)), geth.ARCHIVE)
    return Package(replace(network, genesis_hash="0x" + GENESIS_HASH.hex()), 1_800_000_000)


@pytest.fixture
def no_geth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for geth's two offline commands; the tests in namespaces run them."""
    monkeypatch.setattr(geth, "initialise", lambda *_: None)
    monkeypatch.setattr(geth, "genesis_hash", lambda *_: GENESIS_HASH)


def changed(package: Package, change: Callable[[dict[str, Any]], Any], *, hashed: bool = True) -> bytes:
    """The package after ``change``; with hashes that fit if ``hashed``."""
    content = json.loads(package.write())
    change(content)
    if hashed:
        content["hashes"] = {name: digest(content[name]).hex() for name in content["hashes"]}
    return json.dumps(content).encode()


def test_a_package_comes_back_with_its_fingerprint(package: Package) -> None:
    again = read_package(package.write())
    assert again == package
    assert again.fingerprint() == package.fingerprint()
    assert len(package.fingerprint()) == 32


def test_a_package_holds_no_secret(package: Package) -> None:
    text = package.write().decode()
    assert not any(secret(seed).private_bytes_raw().hex() in text for seed in range(4))
    assert "priv" not in text


@pytest.mark.parametrize("path", ["network.chain_id", "execution_genesis.gasLimit", "consensus_genesis.app_hash"])
def test_a_changed_part_does_not_have_its_hash(package: Package, path: str) -> None:
    part, name = path.split(".")
    with pytest.raises(InvalidInput, match=rf"package\.hashes\.{part}"):
        read_package(changed(package, lambda content: content[part].update({name: "x"}), hashed=False))


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    r"execution_genesis\.gasLimit": lambda c: c["execution_genesis"].update(gasLimit="0x1"),
    r"execution_genesis\.alloc\.0x12": lambda c: c["execution_genesis"]["alloc"].update({"0x12": {"balance": "0x1"}}),
    r"execution_genesis\.config\.chainId": lambda c: c["execution_genesis"]["config"].update(chainId=1),
    r"consensus_genesis\.validators\[0\]\.power": lambda c: c["consensus_genesis"]["validators"][0].update(power="99"),
    r"consensus_genesis\.validators": lambda c: c["consensus_genesis"]["validators"].pop(),
    r"consensus_genesis\.genesis_time": lambda c: c["consensus_genesis"].update(genesis_time="2020-01-01T00:00:00Z"),
    r"consensus_genesis\.app_state\.execution_genesis": lambda c: c["network"].update(genesis_hash="0x" + "11" * 32),
    r"execution_genesis\.alloc": lambda c: c["network"].update(administrator="0x" + "11" * 20),
    r"execution_genesis\.alloc\.0x.*\.storage": lambda c: c["network"]["nodes"][0].update(power=11),
    r"consensus_genesis\.validators\[1\]\.name": lambda c: c["network"]["nodes"][1].update(name="other"),
}


@pytest.mark.parametrize("named", CHANGES)
def test_a_genesis_that_does_not_follow_from_the_founders(package: Package, named: str) -> None:
    with pytest.raises(InvalidInput, match=rf"the genesis differs .*package\.{named}") as refused:
        read_package(changed(package, CHANGES[named]))
    assert refused.value.stable_code == "other-genesis"


BAD: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "liveledger-package/3": ("newer-format", lambda c: c.update(format="liveledger-package/3")),
    "liveledger-package/1": ("other-genesis", lambda c: c.update(format="liveledger-package/1")),
    "rules version 3": ("other-rules", lambda c: c.update(rules_version=3)),
    "rules version 1": ("other-rules", lambda c: c.update(rules_version=1)),
    r"package\.format": ("invalid-package", lambda c: c.update(format="x")),
    r"package has no field 'network'": ("invalid-package", lambda c: c.pop("network")),
    r"package\.network\.evm_chain_id": ("invalid-package", lambda c: c["network"].update(evm_chain_id=5)),
    r"package\.network\.chain_id": ("invalid-package", lambda c: c["network"].update(chain_id="X Y")),
    r"package\.network\.ledger": ("invalid-package", lambda c: c["network"].update(ledger="../x")),
    r"package\.network\.nodes is empty": ("invalid-package", lambda c: c["network"].update(nodes=[])),
    r"package\.network\.nodes\[2\]\.host": ("invalid-package", lambda c: c["network"]["nodes"][2].update(host="a.b")),
    r"timestamp": ("invalid-package", lambda c: c["execution_genesis"].update(timestamp="0xffffffffff")),
    r"same address": ("duplicate-founder", lambda c: c["network"]["nodes"][2].update(host="192.0.2.1")),
}


@pytest.mark.parametrize("named", BAD)
def test_a_bad_package_names_its_field(package: Package, named: str) -> None:
    code, change = BAD[named]
    data = changed(package, change, hashed="no field" not in named)
    with pytest.raises(InvalidInput, match=named) as refused:
        read_package(data)
    assert refused.value.stable_code == code
    assert refused.value.hint


@given(st.binary(max_size=300))
def test_junk_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_package(data)


@given(st.sampled_from(["format", "rules_version", "network", "execution_genesis", "consensus_genesis", "hashes"]))
@pytest.mark.parametrize("value", [None, [], {}, "x", 7, -1, 1.5, float("inf"), "\ud800", [[[]]]])
def test_junk_in_a_field_is_refused(package: Package, value: Any, name: str) -> None:
    content = json.loads(package.write()) | {name: value}
    with pytest.raises(InvalidInput):
        read_package(json.dumps(content).encode())


@pytest.mark.parametrize(
    ("cards", "named"),
    [
        ([], "at least one"),
        ([card(0), card(0)], "same name member0"),
        ([card(0), card(1, host="192.0.2.1")], "same address 192.0.2.1 port 26604"),
        ([card(0), card(1, host="127.0.0.1")], "nobody reaches from another host"),
        ([card(0, power=30), card(1), card(2), card(3)], "30 of 60"),
        ([card(0), card(1).replace(b'"power": 10', b'"power": 11')], "signature"),
    ],
)
def test_founders_that_do_not_fit(tmp_path: Path, cards: list[bytes], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        compose_package(LedgerHome(tmp_path), ENGINES, cards)
    assert list(tmp_path.iterdir()) == []


def _home(folder: Path, name: str, port: int) -> tuple[LedgerHome, bytes]:
    home = LedgerHome(folder / name)
    return home, make_card(home, CardPlan("127.0.0.1", name, base_port=port))


def test_two_homes_found_a_ledger_and_a_third_joins_late(tmp_path: Path, no_geth: None) -> None:
    homes, cards = zip(*(_home(tmp_path, f"org{n}", 20_000 + 10 * n) for n in range(3)), strict=True)
    package = compose_package(homes[0], ENGINES, cards[:2])
    for index, home in enumerate(homes):
        network = join_ledger(home, ENGINES, read_package(package.write()), geth.COMPACT, lambda _: None)
        assert network == Network.load(home)
        assert network.member(0).name == f"org{index}"
        assert [other.name for other in network.members if other != network.member(0)] == [
            name for name in ("org0", "org1") if name != f"org{index}"
        ]
        assert (network.member(0).power > 0) == (index < 2)
        assert [power for _, power in network.rules().validators] == [10, 10]
        assert export_package(home).write() == package.write()
        # Once more changes nothing.
        assert join_ledger(home, ENGINES, package, geth.ARCHIVE, lambda _: None) == network
        assert json.loads(home.node().settings.read_text())["profile"] == geth.COMPACT
        with pytest.raises(ConfigurationError, match="there is no node 1"):
            network.member(1)
    administrators = [home.name for home in homes if (home.keys / "administrator.key").exists()]
    assert len(administrators) == 1
    _assert_nothing_secret(homes, (*cards, package.write()))


def _assert_nothing_secret(homes: tuple[LedgerHome, ...], documents: tuple[bytes, ...]) -> None:
    secrets = [path.read_text().strip() for home in homes for path in home.directory.rglob("*.key")]
    for home in homes:
        for path in (home.node().cometbft / "config").glob("*_key.json"):
            secrets.append(json.loads(path.read_text())["priv_key"]["value"])
    assert len(secrets) == 3 * 3 + 1
    assert not any(text.encode() in document for text in secrets for document in documents)


def test_a_home_keeps_its_ledger(tmp_path: Path, no_geth: None) -> None:
    home, mine = _home(tmp_path, "org0", 20_000)
    first, second = (compose_package(home, ENGINES, [mine]) for _ in range(2))
    join_ledger(home, ENGINES, first, geth.ARCHIVE, lambda _: None)
    with pytest.raises(ConfigurationError, match="holds another ledger") as refused:
        join_ledger(home, ENGINES, second, geth.ARCHIVE, lambda _: None)
    assert refused.value.stable_code == "other-ledger"
    with pytest.raises(ConfigurationError, match=r"know this node at 127\.0\.0\.1"):
        make_card(home, CardPlan("127.0.0.2", "org0"))
    assert read_card(make_card(home, CardPlan("127.0.0.1", "org0"))) == read_card(mine)


def test_a_node_that_is_not_what_the_package_says(tmp_path: Path, no_geth: None) -> None:
    home, mine = _home(tmp_path, "org0", 20_000)
    package = compose_package(home, ENGINES, [mine])
    # The same keys with other ports: the others would dial the old ones.
    make_card(home, CardPlan("127.0.0.1", "org0", base_port=20_100))
    with pytest.raises(ConfigurationError, match="20004 as consensus_p2p of org0, this host's card 20104") as refused:
        join_ledger(home, ENGINES, package, geth.ARCHIVE, lambda _: None)
    assert refused.value.stable_code == "other-keys"
    make_card(home, CardPlan("127.0.0.1", "org0", base_port=20_000))
    assert join_ledger(home, ENGINES, package, geth.ARCHIVE, lambda _: None).member(0).power == 10


def test_a_late_joiner_with_a_founders_address(tmp_path: Path, no_geth: None) -> None:
    (founder, mine), (late, _) = _home(tmp_path, "org0", 20_000), _home(tmp_path, "org1", 20_000)
    package = compose_package(founder, ENGINES, [mine])
    with pytest.raises(ConfigurationError, match="no founder, but org0 and org1 have the same address"):
        join_ledger(late, ENGINES, package, geth.ARCHIVE, lambda _: None)


def test_a_ledger_on_loopback_takes_nobody_from_another_host(tmp_path: Path, no_geth: None) -> None:
    (founder, mine), (late, _) = _home(tmp_path, "org0", 20_000), _home(tmp_path, "org1", 20_100)
    package = compose_package(founder, ENGINES, [mine])
    card_elsewhere = replace(read_card(late.card.read_bytes()), host="192.0.2.7")
    late.card.write_bytes(write_card(card_elsewhere, cometbft.validator_key(late.node().cometbft)))
    with pytest.raises(InvalidInput, match=r"org0 gives the host 127\.0\.0\.1") as refused:
        join_ledger(late, ENGINES, package, geth.ARCHIVE, lambda _: None)
    assert refused.value.stable_code == "unreachable-host"


def test_geth_has_the_last_word_on_the_genesis(tmp_path: Path, no_geth: None, monkeypatch: pytest.MonkeyPatch) -> None:
    home, mine = _home(tmp_path, "org0", 20_000)
    package = compose_package(home, ENGINES, [mine])
    monkeypatch.setattr(geth, "genesis_hash", lambda *_: bytes(32))
    with pytest.raises(ConfigurationError, match="geth makes block 0") as refused:
        join_ledger(home, ENGINES, package, geth.ARCHIVE, lambda _: None)
    assert refused.value.stable_code == "other-genesis"
    assert not home.network.exists()


def test_a_home_without_card_is_told_to_make_one(tmp_path: Path, package: Package) -> None:
    with pytest.raises(ConfigurationError, match="no card") as refused:
        join_ledger(LedgerHome(tmp_path), ENGINES, package, geth.ARCHIVE, lambda _: None)
    assert "node card --host" in refused.value.hint


def test_keys_behind_a_card_are_not_made_anew(tmp_path: Path) -> None:
    home, mine = _home(tmp_path, "org0", 20_000)
    with pytest.raises(ConfigurationError, match="made its card"):
        create_network(home, ENGINES, NewNetwork(), lambda _: None)
    key = home.node().cometbft / "config" / "priv_validator_key.json"
    key.unlink()
    with pytest.raises(ConfigurationError, match="there is no key"):
        make_card(home, CardPlan("127.0.0.1", "org0"))
    assert home.card.read_bytes() == mine


def test_a_home_of_one_host_is_read_as_before(tmp_path: Path, package: Package) -> None:
    home = LedgerHome(tmp_path)
    home.directory.mkdir()
    package.network.save(home)
    content = json.loads(home.network.read_text())
    for name in ("joined", "hosted"):
        del content[name]
    home.network.write_text(json.dumps(content))
    network = Network.load(home)
    assert network.local == network.nodes == network.members
    assert network.member(3) == member(3)
    home.network.write_text(json.dumps(content | {"hosted": ["ab"]}))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Network.load(home)
