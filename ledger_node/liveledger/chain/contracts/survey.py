"""The one walk over a ledger's Directory: which of its contracts this program knows, in which version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

from liveledger.bindings import directory, stock_ledger
from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.chain.contracts.gaps import Gap, Reason, WrongContract
from liveledger.chain.contracts.manifest import FAMILY_OF, GENESIS_CONTRACTS, VERSIONS
from liveledger.chain.contracts.registry import name_text
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.transport import MalformedAnswer
from liveledger.domain.hashing import hex_bytes
from liveledger.verifier import layout, listing


@dataclass(frozen=True, slots=True)
class Found:
    """What a name means after a block: ``version`` 0 where it means nothing.

    ``since`` is the block from which that version is active. ``binding`` is this program's own of just that version and
    code, None where it has none. ``stands``: whether it is active, not frozen or retired.
    """

    name: str
    version: int = 0
    since: int = 0
    address: bytes = bytes(20)
    code_hash: bytes = bytes(32)
    stands: bool = False
    binding: ModuleType | None = None

    def gap(self) -> Gap | None:
        """Why it cannot be spoken of; None where it can."""
        if self.binding is not None:
            return None
        reason = Reason.UNKNOWN_VERSION if self.version else Reason.MISSING
        known = VERSIONS[self.name][0].VERSION
        if self.version and self.version < known:
            known = VERSIONS[self.name][-1].VERSION
        return Gap(FAMILY_OF[self.name], self.name, reason, self.version, self.since, known)


@dataclass(frozen=True, slots=True)
class Registration:
    """A version that the Directory listed, and the block that did."""

    name: str
    version: int
    address: bytes
    code_hash: bytes
    since: int
    block: int


def active_versions(connection: Connection, block: int) -> dict[str, int]:
    """The active version of every contract of this program's families after ``block``; 0 = none."""
    slots = [layout.versions_slot(name) for name in VERSIONS]
    words = connection.execution.storage_many(DIRECTORY_ADDRESS, slots, block)
    return {name: _active(word, block) for name, word in zip(VERSIONS, words, strict=True)}


def survey(connection: Connection, block: int) -> dict[str, Found]:
    """What the names of this program's families mean after ``block``, in the order of deployment.

    Raises MalformedAnswer for words that no Directory writes, WrongContract where a version that this program knows has
    another code: that is another ledger's.
    """
    versions = active_versions(connection, block)
    listed = [(name, version) for name, version in versions.items() if version]
    slots = [slot for name, version in listed for slot in layout.entry_slots(name, version)]
    held = dict(zip(slots, connection.execution.storage_many(DIRECTORY_ADDRESS, slots, block), strict=True))
    found = {name: Found(name) for name in versions}
    for name, version in listed:
        found[name] = _found(name, version, held)
    return found


def registrations(connection: Connection, last: int) -> list[Registration]:
    """What the Directory listed up to block ``last``, oldest first; contracts of genesis stand in none of its events.

    The same on every member's machine.
    """
    topics = [directory.ContractRegisteredEvent.TOPIC]
    return [
        Registration(name_text(event.name), event.version, event.target, event.code_hash, event.from_, log.block_number)
        for log in connection.execution.logs(0, last, [DIRECTORY_ADDRESS], topics)
        for event in (directory.ContractRegisteredEvent.decode(log.topics, log.data),)
    ]


def strangers(connection: Connection, block: int) -> Iterator[Registration]:
    """The active version of each listed name that no family of this program has."""
    own = {*VERSIONS, *(module.NAME for module in GENESIS_CONTRACTS.values())}
    by_name = {(one.name, one.version): one for one in registrations(connection, block) if one.name not in own}
    names = sorted({name for name, _ in by_name})
    slots = [layout.versions_slot(name) for name in names]
    words = connection.execution.storage_many(DIRECTORY_ADDRESS, slots, block) if slots else []
    for name, word in zip(names, words, strict=True):
        if one := by_name.get((name, _active(word, block))):
            yield one


def known_binding(name: str, version: int, code_hash: bytes) -> ModuleType | None:
    """This program's binding of a version of a contract; None where it knows none.

    A StockLedger that took over from another one may be the same code: its number is then a higher one. Raises
    WrongContract where the version is known and the code is another.
    """
    for module in VERSIONS[name]:
        same = code_hash == module.CODE_HASH
        if same and (version == module.VERSION or (name == stock_ledger.NAME and version > module.VERSION)):
            return module
        if version == module.VERSION:
            raise WrongContract(
                f"{name} on the chain has the code {hex_bytes(code_hash)}, not {hex_bytes(module.CODE_HASH)}",
                hint="use the release of LiveLedger that this ledger runs",
                contract=name,
            )
    return None


def require_known(name: str, version: int, block: int) -> None:
    """Raises UnknownVersion where a contract of a family has a later version, after ``block``, than this program knows.

    Of earlier ones the views speak that read them.
    """
    own = [module.VERSION for module in VERSIONS.get(name, ())]
    if own and version > max(own) and name != stock_ledger.NAME:
        raise Gap(FAMILY_OF[name], name, Reason.UNKNOWN_VERSION, version, block, max(own)).error()


def _active(word: int, block: int) -> int:
    try:
        return listing.Versions.at(word, block).active
    except listing.NotListed as error:
        raise MalformedAnswer(str(error), hint="restart the node, or ask another one") from None


def _found(name: str, version: int, held: Mapping[bytes, int]) -> Found:
    try:
        entry = listing.Entry.read(held.get, name, version)
    except listing.NotListed as error:
        raise MalformedAnswer(str(error), hint="restart the node, or ask another one") from None
    if entry is None:
        raise MalformedAnswer(f"the directory has no entry of {name} {version}", hint="ask another node")
    binding = known_binding(name, version, entry.code_hash)
    stands = entry.state == listing.ACTIVE
    return Found(name, version, entry.since, entry.address, entry.code_hash, stands, binding)
