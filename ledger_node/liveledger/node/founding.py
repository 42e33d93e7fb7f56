"""A ledger on several hosts: each host makes its node's card, one makes the package, each joins with it."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from liveledger.bindings.constants import FAULT_TOLERANT_FROM
from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.node import cometbft, geth
from liveledger.node.addresses import host_address, is_loopback, listen_address
from liveledger.node.binaries import Engines
from liveledger.node.defaults import VALIDATOR_POWER
from liveledger.node.descriptors import read_card, write_card
from liveledger.node.network import (
    GENESIS_FILE,
    Member,
    Network,
    NewNetwork,
    create_node,
    new_network,
    node_settings,
)
from liveledger.node.packages import Package, check_distinct, read_package
from liveledger.node.ports import check_local, choose_base, node_ports

_CARD_HINT = "make it with `liveledger node card --host ADDRESS`"


@dataclass(frozen=True, slots=True)
class CardPlan:
    """What a node's card is to say; ``listen`` when the node takes peers on another address than ``host``."""

    host: str
    name: str
    listen: str | None = None
    base_port: int | None = None
    power: int = VALIDATOR_POWER


def make_card(home: LedgerHome, plan: CardPlan) -> bytes:
    """The card of this host's node, whose keys are made when there are none.

    A home that has not joined yet may make its card again with another address, name or power. Raises
    ConfigurationError for an address that is not this host's, and for a change after the node has joined.
    """
    host = host_address(plan.host)
    listen = listen_address(plan.listen or host)
    if home.network.exists():
        return _card_of_member(home, host)
    check_local(listen)
    if home.card.exists():
        _read_own_card(home)
        base = plan.base_port or home.node().ports().execution_http
        member = _move(home, base, listen)
    else:
        base = plan.base_port or choose_base(home.directory, 1, listen)
        member = create_node(home, 0, base, NewNetwork(listen=listen))
    member = replace(member, host=host, name=plan.name, power=plan.power)
    card = write_card(member, cometbft.validator_key(home.node().cometbft))
    _replace(home.card, card)
    return card


def _card_of_member(home: LedgerHome, host: str) -> bytes:
    member = Network.load(home).member(0)
    if host != member.host:
        raise ConfigurationError(
            f"the other members know this node at {member.host}, not at {host}",
            hint="an address cannot be changed by a new card once the node has joined",
        )
    # A node without a vote carries power 0; a card asks for some.
    member = replace(member, power=member.power or VALIDATOR_POWER)
    return write_card(member, cometbft.validator_key(home.node().cometbft))


def _move(home: LedgerHome, base: int, listen: str) -> Member:
    """Writes new ports and listen address for keys that are there; the rest of the member is the old card's."""
    ports = node_ports(base, 0)
    rest = {name: value for name, value in node_settings(home, 0).items() if name not in ("ports", "listen")}
    home.node().write_settings(ports, listen=listen, **rest)
    return replace(read_card(home.card.read_bytes()), consensus_p2p=ports.consensus_p2p)


def _read_own_card(home: LedgerHome) -> Member:
    """This home's card, whose keys lie in this home."""
    if not home.card.exists():
        raise ConfigurationError(f"this host's node has no card in {home.directory}", hint=_CARD_HINT)
    card = read_card(home.card.read_bytes())
    key, node_id = cometbft.public_keys(home.node().cometbft)
    for name, value in {"validator_key": key.hex(), "node_id": node_id}.items():
        if getattr(card, name) != value:
            raise ConfigurationError(
                f"{name} of {home.card} is not that of the keys in {home.node().directory}",
                hint="restore card.json and the node's keys from the same back-up",
            )
    return card


def compose_package(home: LedgerHome, engines: Engines, cards: Sequence[bytes]) -> Package:
    """Founds a ledger of the nodes whose cards these are; the administrator's key is made, and stays, in ``home``.

    Raises InvalidInput when a card is bad, two founders share what must be their own, or one could stop the chain.
    """
    founders = tuple(read_card(card) for card in cards)
    if not founders:
        raise InvalidInput("a ledger needs at least one founder's card")
    check_distinct(founders)
    _check_reach(founders)
    _check_shares(founders)
    home.directory.mkdir(parents=True, exist_ok=True)
    network, created = new_network(home, founders, geth.ARCHIVE), int(time.time())
    with tempfile.TemporaryDirectory(dir=home.directory, prefix=".genesis-") as scratch:
        genesis = Path(scratch) / GENESIS_FILE
        genesis.write_text(json.dumps(network.execution_genesis(created)))
        data = Path(scratch) / "geth"
        geth.initialise(engines.geth, data, genesis, geth.ARCHIVE)
        found = geth.genesis_hash(engines.geth, data, geth.ARCHIVE)
    package = Package(replace(network, genesis_hash=hex_bytes(found)), created)
    return read_package(package.write())


def _check_reach(members: tuple[Member, ...]) -> None:
    near = [member for member in members if is_loopback(member.host)]
    if near and len(near) < len(members):
        raise InvalidInput(
            f"{near[0].name} gives the host {near[0].host}, which nobody reaches from another host",
            hint="a ledger of several hosts is made of cards with their real addresses: `liveledger node card --host`",
            code="unreachable-host",
        )


def _check_shares(founders: tuple[Member, ...]) -> None:
    total = sum(member.power for member in founders)
    for member in founders:
        if len(founders) >= FAULT_TOLERANT_FROM and 3 * member.power >= total:
            raise InvalidInput(
                f"{member.name} would hold {member.power} of {total} power: a third or more stops the chain alone",
                hint="agree on smaller powers and make the cards again",
                code="power-share",
            )


def export_package(home: LedgerHome) -> Package:
    """The package of the ledger in ``home``. Raises ConfigurationError when there is none."""
    network = Network.load(home)
    genesis = json.loads((home.directory / GENESIS_FILE).read_text())
    package = Package(replace(network, profile=geth.ARCHIVE, joined=(), hosted=()), int(genesis["timestamp"], 16))
    return read_package(package.write())


def join_ledger(
    home: LedgerHome, engines: Engines, package: Package, profile: str, progress: Callable[[str], None]
) -> Network:
    """Makes this host's node one of the package's ledger; a node that no founder has becomes one without a vote.

    Joining the same ledger again changes nothing. Raises ConfigurationError: ``other-ledger`` when another one is in
    ``home``, ``other-keys`` when the package says of this node what its card does not, ``other-genesis`` when geth
    makes another block 0 of the genesis.
    """
    if home.network.exists():
        return _joined_already(home, package)
    if profile not in geth.PROFILES:
        raise InvalidInput(f"{profile!r} is no state profile", hint=f"one of {', '.join(geth.PROFILES)}")
    member = _place(_read_own_card(home), package.network)
    node = home.node()
    progress(f"joining {package.network.chain_id} as {member.name} with power {member.power}")
    settings = {name: value for name, value in node_settings(home, 0).items() if name != "ports"}
    node.write_settings(node.ports(), **settings | {"profile": profile})
    genesis = home.directory / GENESIS_FILE
    _replace(genesis, json.dumps(package.network.execution_genesis(package.created)).encode() + b"\n")
    _initialise(home, engines, package, profile)
    cometbft.write_genesis(node.cometbft, package.network.consensus_genesis(package.created))
    joined = () if member in package.network.nodes else (member,)
    network = replace(package.network, profile=profile, joined=joined, hosted=(member.node_id,))
    network.save(home)
    return network


def _joined_already(home: LedgerHome, package: Package) -> Network:
    present = Network.load(home)
    if (present.chain_id, present.genesis_hash) != (package.network.chain_id, package.network.genesis_hash):
        raise ConfigurationError(
            f"{home.directory} holds another ledger, {present.chain_id}",
            hint="join with another --ledger NAME or --home: one folder holds one ledger",
            code="other-ledger",
        )
    return present


def _place(card: Member, network: Network) -> Member:
    """The founder that this node is, or the node as one without a vote."""
    for founder in network.nodes:
        if founder.validator_key == card.validator_key:
            differing = [name for name in Member.__slots__ if getattr(founder, name) != getattr(card, name)]
            if differing:
                raise _other_keys(founder, card, differing[0])
            return founder
    try:
        check_distinct((*network.nodes, card))
    except InvalidInput as trouble:
        raise ConfigurationError(
            f"this node is no founder, but {trouble.message}", hint="make its card again", code="other-keys"
        ) from None
    _check_reach((*network.nodes, card))
    return replace(card, power=0)


def _other_keys(founder: Member, card: Member, name: str) -> ConfigurationError:
    return ConfigurationError(
        f"the package has {getattr(founder, name)} as {name} of {founder.name}, this host's card {getattr(card, name)}",
        hint="make the card again with the value that the package has, or have the package composed of the newest card",
        code="other-keys",
    )


def _initialise(home: LedgerHome, engines: Engines, package: Package, profile: str) -> None:
    data = home.node().geth
    # What an interrupted attempt left behind belongs to no ledger; the keys lie beside it.
    shutil.rmtree(data / "geth", ignore_errors=True)
    geth.initialise(engines.geth, data, home.directory / GENESIS_FILE, profile)
    found = hex_bytes(geth.genesis_hash(engines.geth, data, profile))
    if found != package.network.genesis_hash:
        shutil.rmtree(data / "geth", ignore_errors=True)
        raise ConfigurationError(
            f"geth makes block 0 {found} of the package's genesis, not {package.network.genesis_hash}",
            hint="get the package again from a founder, and compare its fingerprint over another way",
            code="other-genesis",
        )


def _replace(path: Path, content: bytes) -> None:
    scratch = path.with_suffix(".new")
    scratch.write_bytes(content)
    scratch.replace(path)
