"""One network: its ids, its members' nodes, which of them are on this host, and how all on one host are created."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from eth_keys.datatypes import PrivateKey

from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.bindings.genesis import allocation
from liveledger.consensus.chain_rules import ChainRules
from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import keystore_path, load_or_create_key
from liveledger.node import cometbft, geth
from liveledger.node.addresses import with_port
from liveledger.node.binaries import Engines
from liveledger.node.defaults import VALIDATOR_POWER
from liveledger.node.genesis import consensus_genesis, execution_genesis, validator_address
from liveledger.node.ports import HOST, check_local, choose_base, node_ports

ADMINISTRATOR = "administrator"
# What the administrator and the fund for members hold at first: far above any bill at the fees' floor.
FUNDS_WEI = 10**27
MAX_VALIDATORS = 16
GENESIS_FILE = "execution-genesis.json"
_OF_GETHS_PEERS = frozenset({"execution_key", "execution_p2p"})
_LARGE_CACHE_MB, _SMALL_CACHE_MB = 512, 256


@dataclass(frozen=True, slots=True)
class Member:
    """A node of the network as the others know it: CometBFT's node id, its validator key (hex)."""

    name: str
    node_id: str
    validator_key: str
    power: int
    host: str
    consensus_p2p: int

    @property
    def address(self) -> str:
        """CometBFT's address of the validator (40 hex digits, upper case)."""
        return validator_address(bytes.fromhex(self.validator_key)).hex().upper()

    @property
    def consensus_address(self) -> str:
        """``node id@host:port``."""
        return f"{self.node_id}@{with_port(self.host, self.consensus_p2p)}"


@dataclass(frozen=True, slots=True)
class Network:
    """``network.json``.

    ``nodes`` are the founders', in the order of genesis; ``joined`` are others that this host knows: their power here
    is 0. ``hosted`` has the node ids of the nodes on this host in the order of their folders; empty stands for all of
    ``nodes``.
    """

    ledger: str
    chain_id: str
    evm_chain_id: int
    genesis_hash: str
    administrator: str
    profile: str
    nodes: tuple[Member, ...]
    joined: tuple[Member, ...] = ()
    hosted: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[Member, ...]:
        """All nodes that are known here, founders first."""
        return (*self.nodes, *self.joined)

    @property
    def local(self) -> tuple[Member, ...]:
        """The nodes on this host: the first has its files in ``node0``, and so on."""
        by_id = {member.node_id: member for member in self.members}
        return tuple(by_id[node_id] for node_id in self.hosted) if self.hosted else self.nodes

    def member(self, index: int) -> Member:
        """The node number ``index`` of this host. Raises ConfigurationError when there is none."""
        if index >= len(self.local):
            raise ConfigurationError(
                f"ledger {self.ledger!r} has {len(self.local)} node(s) here; there is no node {index}"
            )
        return self.local[index]

    @property
    def shares_addresses(self) -> bool:
        """Whether two nodes have one address, so that connections from one address may be several."""
        return len({member.host for member in self.members}) < len(self.members)

    @classmethod
    def load(cls, home: LedgerHome) -> Network:
        """Reads the network of ``home``. Raises ConfigurationError when there is none, or it cannot be read."""
        try:
            data = json.loads(home.network.read_text())
            nodes, joined = (tuple(_member(node) for node in data.get(name, ())) for name in ("nodes", "joined"))
            network = cls(**data | {"nodes": nodes, "joined": joined, "hosted": tuple(data.get("hosted", ()))})
            if not network.local:
                raise ValueError("it has no node")
            return network
        except FileNotFoundError:
            raise ConfigurationError(
                f"there is no ledger {home.name!r} in {home.root}",
                hint="create it with `liveledger node init` or `liveledger network up`",
            ) from None
        except (KeyError, TypeError, ValueError) as trouble:
            raise ConfigurationError(f"{home.network} cannot be read: {trouble!r}") from trouble

    def save(self, home: LedgerHome) -> None:
        """Writes ``network.json`` in one step."""
        scratch = home.network.with_suffix(".new")
        scratch.write_text(json.dumps(asdict(self), indent=2) + "\n")
        scratch.replace(home.network)

    def execution_genesis(self, created: int) -> dict[str, Any]:
        """The execution engine's genesis file of a network that was created at ``created`` (Unix seconds)."""
        administrator = bytes.fromhex(self.administrator[2:])
        validators = [(bytes.fromhex(member.validator_key), member.power) for member in self.nodes]
        funds = {hex_bytes(administrator): {"balance": hex(FUNDS_WEI)}}
        return execution_genesis(self.evm_chain_id, created, allocation(administrator, validators, FUNDS_WEI) | funds)

    def consensus_genesis(self, created: int) -> dict[str, Any]:
        """CometBFT's genesis file; needs the genesis hash."""
        return consensus_genesis(self.rules(), created, [member.name for member in self.nodes])

    def rules(self) -> ChainRules:
        """What the ABCI application holds every block to."""
        return ChainRules(
            chain_id=self.chain_id,
            evm_chain_id=self.evm_chain_id,
            genesis_hash=bytes.fromhex(self.genesis_hash[2:]),
            consortium=CONSORTIUM_ADDRESS,
            validators=tuple((bytes.fromhex(node.validator_key), node.power) for node in self.nodes),
        )


@dataclass(frozen=True, slots=True)
class NewNetwork:
    """What to create: number of validators, state profile, first port (chosen when None), pace of consensus.

    ``host`` is the address at which others reach the nodes, ``listen`` the one on which they take peers.
    """

    validators: int = 1
    profile: str = geth.ARCHIVE
    base_port: int | None = None
    pace: cometbft.Pace = field(default_factory=cometbft.Pace)
    host: str = HOST
    listen: str = HOST


def _member(fields: dict[str, Any]) -> Member:
    """A node as ``network.json`` has it, also one of the time when geth had peers of its own."""
    return Member(**{name: value for name, value in fields.items() if name not in _OF_GETHS_PEERS})


def create_network(home: LedgerHome, engines: Engines, plan: NewNetwork, progress: Callable[[str], None]) -> Network:
    """Creates keys, genesis and node folders. Raises ConfigurationError when the ledger is there already."""
    _check_plan(home, plan)
    progress(f"creating ledger {home.name!r} with {plan.validators} validator(s) in {home.directory}")
    base = plan.base_port or choose_base(home.directory, plan.validators, plan.listen)
    try:
        members = tuple(create_node(home, index, base, plan) for index in range(plan.validators))
        network = _create_genesis(home, engines, plan, members)
    except BaseException:
        shutil.rmtree(home.node().directory.parent, ignore_errors=True)
        raise
    network.save(home)
    # Every node of this ledger is on this host: its API serves whoever is on it, and says so at every start.
    home.set_login(required=False)
    return network


def _check_plan(home: LedgerHome, plan: NewNetwork) -> None:
    if home.network.exists():
        raise ConfigurationError(
            f"there is a ledger {home.name!r} in {home.root} already", hint="start it with `liveledger node start`"
        )
    if home.card.exists():
        raise ConfigurationError(
            f"the node in {home.directory} has made its card and waits for a package",
            hint="`liveledger node join PACKAGE`, or another --ledger or --home for a ledger of its own",
        )
    check_local(plan.listen)
    if not 1 <= plan.validators <= MAX_VALIDATORS:
        raise InvalidInput(f"{plan.validators} validators are not between 1 and {MAX_VALIDATORS}")
    if plan.profile not in geth.PROFILES:
        raise InvalidInput(f"{plan.profile!r} is no state profile", hint=f"one of {', '.join(geth.PROFILES)}")


def create_node(home: LedgerHome, index: int, base: int, plan: NewNetwork) -> Member:
    """Makes folders, keys and settings of one node anew; what stood there is removed."""
    node, ports = home.node(index), node_ports(base, index)
    # What an interrupted creation left behind belongs to no network.
    shutil.rmtree(node.directory, ignore_errors=True)
    for folder in (node.run, node.logs):
        folder.mkdir(parents=True)
        folder.chmod(0o700)
    node.directory.chmod(0o700)
    cache = _LARGE_CACHE_MB if plan.validators == 1 else _SMALL_CACHE_MB
    node.write_settings(ports, listen=plan.listen, profile=plan.profile, cache_mb=cache, pace=asdict(plan.pace))
    key, node_id = cometbft.create_keys(node.cometbft)
    geth.create_secret(node.geth)
    return Member(
        name=f"node{index}",
        node_id=node_id,
        validator_key=key.hex(),
        power=VALIDATOR_POWER,
        host=plan.host,
        consensus_p2p=ports.consensus_p2p,
    )


def _create_genesis(home: LedgerHome, engines: Engines, plan: NewNetwork, members: tuple[Member, ...]) -> Network:
    network, created = new_network(home, members, plan.profile), int(time.time())
    path = home.directory / GENESIS_FILE
    path.write_text(json.dumps(network.execution_genesis(created)) + "\n")
    network = replace(network, genesis_hash=hex_bytes(_initialise(home, engines, plan, path)))
    for index in range(plan.validators):
        cometbft.write_genesis(home.node(index).cometbft, network.consensus_genesis(created))
    return network


def new_network(home: LedgerHome, founders: tuple[Member, ...], profile: str) -> Network:
    """A network with new chain ids that has no genesis hash yet; its administrator's key is kept in ``home``."""
    administrator = _administrator(home)
    chain_id = f"liveledger-{home.name}-{secrets.token_hex(3)}"
    return Network(
        ledger=home.name,
        chain_id=chain_id,
        evm_chain_id=evm_chain_id(chain_id),
        genesis_hash="",
        administrator=hex_bytes(administrator),
        profile=profile,
        nodes=founders,
    )


def evm_chain_id(chain_id: str) -> int:
    """The EVM's id of a chain: below 2^31, as some wallets need; derived, so that the two cannot be mixed up."""
    return int.from_bytes(keccak(chain_id.encode())[:4]) % 2**30 + 2**20


def _administrator(home: LedgerHome) -> bytes:
    """Address of the administrator's key: an encrypted one that is there already, or a development key."""
    if keystore_path(home.keys, ADMINISTRATOR).exists():
        # Loaded here, so that a node runs without the weight of what signs transactions.
        from liveledger.chain.accounts.accounts import public_address

        return public_address(home, ADMINISTRATOR)
    return PrivateKey(load_or_create_key(home.keys, ADMINISTRATOR)).public_key.to_canonical_address()


def _initialise(home: LedgerHome, engines: Engines, plan: NewNetwork, genesis: Path) -> bytes:
    for index in range(plan.validators):
        geth.initialise(engines.geth, home.node(index).geth, genesis, plan.profile)
    return geth.genesis_hash(engines.geth, home.node().geth, plan.profile)


def node_settings(home: LedgerHome, index: int) -> dict[str, Any]:
    """``node.json`` of a node: profile, cache and pace. Raises ConfigurationError when there is no such node."""
    home.node(index).ports()
    return dict(json.loads(home.node(index).settings.read_text()))
