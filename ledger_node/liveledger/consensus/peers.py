"""Which nodes may be this one's peers: those that Validators lists, or the founders' as long as it lists none."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from liveledger.bindings import consortium, validators
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.consensus.block_rules import Head
from liveledger.consensus.clock import Clock
from liveledger.consensus.engine_client import EngineClient, EngineRefused, EngineUnavailable
from liveledger.consensus.validators import ValidatorRegistry
from liveledger.domain.errors import InvalidInput

_PREFIX = "/p2p/filter/"
ALLOWED = 0
REFUSED = 1
# A head older than this belongs to a node that catches up, or to a chain that stands still.
FRESH_SECONDS = 60
# How long an answer about peers is good.
KEEP_SECONDS = 1.0
# What CometBFT calls invalid beside unspecified addresses.
_BROADCAST = ipaddress.ip_address("255.255.255.255")
_DOCUMENTATION = ipaddress.ip_network("2001:db8::/32")

log = structlog.get_logger("bridge")


@dataclass(frozen=True, slots=True)
class Peer:
    """A node: CometBFT's id (40 hex digits), IP address and port.

    ``validator_key`` (32 bytes) is known of founders only; it is empty otherwise. ``rivals`` say of the same id that it
    is elsewhere: another organisation listed it too, and only one of them can have its key. ``organisation`` is the
    number of the one that lists it, 0 of founders that none lists.
    """

    node_id: str
    host: str
    consensus_port: int
    validator_key: bytes = b""
    rivals: tuple[Peer, ...] = ()
    organisation: int = 0

    @property
    def claims(self) -> tuple[Peer, ...]:
        """This entry and its rivals."""
        return (self, *self.rivals)

    @property
    def addresses(self) -> list[str]:
        """Where the node may be, as CometBFT writes it: whoever dials tries all that CometBFT takes."""
        return [claim.consensus_address for claim in self.claims if claim._is_address]

    @property
    def consensus_address(self) -> str:
        """``node id@host:port``, as CometBFT writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.node_id}@{host}:{self.consensus_port}"

    @property
    def dialable(self) -> bool:
        """Whether there is an address to dial."""
        return bool(self.addresses)

    @property
    def _is_address(self) -> bool:
        """Whether CometBFT takes the address (0.40, ``p2p/netaddress.go``).

        It starts with none of its peers, or not at all, when one of their addresses is not of this kind; and a member
        may list whatever it likes.
        """
        address = ipaddress.ip_address(self.host)
        return self.consensus_port != 0 and not (
            address.is_unspecified or address == _BROADCAST or address in _DOCUMENTATION
        )


def to_dial(peers: Mapping[str, Peer], own_id: str) -> list[Peer]:
    """Whom the node ``own_id`` dials: of two listed nodes the one with the lower id dials the other.

    Two that dial each other in the same moment may each take its own connection for the good one and end the other's;
    CometBFT (0.40, ``p2p/switch.go``) then strikes the peer off its list, and does not always dial again. A node that
    is not listed dials everybody, for nobody dials it.
    """
    return [
        peer
        for node_id, peer in peers.items()
        if node_id != own_id and peer.dialable and (own_id not in peers or own_id < node_id)
    ]


class PeerBook:
    """Reads the list at the newest block. ``founders`` are the nodes that the network's own file names."""

    def __init__(
        self, engine: EngineClient, registry: ValidatorRegistry, clock: Clock, founders: Sequence[Peer]
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._clock = clock
        self._founders = founders
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")
        self._read: dict[str, Peer] = {}
        # As each was listed last, for those who are connected though nobody lists them any more.
        self._known: dict[str, Peer] = {}

    async def current(self) -> dict[str, Peer]:
        """Every allowed peer by its node id, as it stood a second ago at most.

        When a network starts, each node is asked about every other at once: one answer serves all of them. Raises
        EngineUnavailable or EngineRefused.
        """
        async with self._reading:
            if abs(self._clock.now() - self._read_at) > KEEP_SECONDS:
                self._read = await self._read_anew()
                self._known |= {one: peer for one, peer in self._read.items() if peer.organisation}
                self._read_at = self._clock.now()
            return self._read

    async def outcasts(self, strangers: Collection[str]) -> set[str]:
        """Those of ``strangers``, who are connected and not listed, whom no active organisation listed last.

        Their organisation was suspended or removed, which takes a vote; the others were taken off by their own.
        Whoever is neither listed nor among ``strangers`` is forgotten. Raises EngineUnavailable or EngineRefused.
        """
        self._known = {one: peer for one, peer in self._known.items() if one in strangers or one in self._read}
        known = {one: self._known[one] for one in strangers if one in self._known}
        owners = {one: {claim.organisation for claim in peer.claims} for one, peer in known.items()}
        active = {number for number in set().union(*owners.values()) if await self._is_active(number)}
        return {one for one in strangers if not owners.get(one, set()) & active}

    async def _is_active(self, organisation: int) -> bool:
        head, call = await self._engine.head(), consortium.IsActive(organisation).calldata()
        answer = await self._engine.view(CONSORTIUM_ADDRESS, call, head.hash)
        try:
            return consortium.decode_is_active(answer)
        except InvalidInput as trouble:
            raise EngineUnavailable(f"organisation {organisation} cannot be looked up: {trouble.message}") from trouble

    async def _read_anew(self) -> dict[str, Peer]:
        """What the newest block says.

        A node that catches up reads an old list, which knows nothing of who came later: founders whose key still has
        power in that old state are allowed beside it.
        """
        head = await self._engine.head()
        address = await self._registry.address(head)
        listed = await self._listed(head, address)
        if listed and self._clock.now() - head.timestamp < FRESH_SECONDS:
            return listed
        founders = [
            peer for peer in self._founders if await self._registry.power(peer.validator_key, head, address=address) > 0
        ]
        return {peer.node_id: peer for peer in founders} | listed

    async def _listed(self, head: Head, address: bytes) -> dict[str, Peer]:
        answer = await self._engine.view(address, validators.Nodes().calldata(), head.hash)
        try:
            found = validators.decode_nodes(answer)
        except InvalidInput as trouble:
            raise EngineUnavailable(f"the list of nodes cannot be read: {trouble.message}") from trouble
        listed: dict[str, Peer] = {}
        for raw, node in zip(found.node_ids, found.entries, strict=True):
            peer = _peer(bytes(raw).hex(), node)
            first = listed.get(peer.node_id)
            listed[peer.node_id] = replace(first, rivals=(*first.rivals, peer)) if first else peer
        return listed


def _peer(node_id: str, node: validators.Node) -> Peer:
    return Peer(node_id, host_text(node.host), node.consensus_port, organisation=node.organisation)


def host_text(host: bytes) -> str:
    """An address of 16 bytes as text; an IPv4 address is mapped into IPv6."""
    address = ipaddress.IPv6Address(host)
    return str(address.ipv4_mapped or address)


def host_bytes(text: str) -> bytes:
    """The 16 bytes of an IP address. Raises InvalidInput for what is none."""
    try:
        # A scope ("%eth0") means something on one machine only.
        address = ipaddress.ip_address("" if "%" in text else text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no IP address", hint="nodes are listed by address, not by name") from None
    mapped = ipaddress.IPv6Address(f"::ffff:{address}") if address.version == 4 else address
    return mapped.packed


class PeerGate:
    """Answers CometBFT's two filter queries; whatever cannot be answered is refused."""

    def __init__(self, book: PeerBook) -> None:
        self._book = book

    async def answer(self, path: str) -> tuple[int, str]:
        """Code (0 lets the peer in) and reason for a query path."""
        kind, _, subject = path.removeprefix(_PREFIX).partition("/") if path.startswith(_PREFIX) else ("", "", "")
        if kind not in ("addr", "id"):
            return REFUSED, "no such query"
        try:
            peers = await self._book.current()
        except (EngineUnavailable, EngineRefused) as trouble:
            return self._refuse(path, f"the contract cannot be asked: {trouble.message}")
        if kind == "addr":
            host = subject.rpartition(":")[0].strip("[]")
            known = any(claim.host == host for peer in peers.values() for claim in peer.claims)
            return (ALLOWED, "") if known else self._refuse(path, "no member's address")
        return (ALLOWED, "") if subject in peers else self._refuse(path, "no member's node")

    @staticmethod
    def _refuse(path: str, reason: str) -> tuple[int, str]:
        log.warning("peer refused", path=path, reason=reason)
        return REFUSED, reason
