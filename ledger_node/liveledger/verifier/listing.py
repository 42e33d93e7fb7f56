"""What the Directory says of a contract at a block, in each of its two layouts (docs/formats.md, Directory)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from liveledger.verifier import layout
from liveledger.verifier.anchor import ContractPin

Read = Callable[[bytes], int | None]

ACTIVE = 1
_STATES = {2: "is frozen", 3: "is retired"}
_ADDRESS_BITS, _STATE_SHIFT = 160, 224
_UINT64 = (1 << 64) - 1


class NotListed(Exception):
    """The Directory lists no contract of this name that could answer."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a name at a block; 0 where there is none. ``next_from`` is the block of the next one."""

    active: int
    next: int
    next_from: int

    @classmethod
    def at(cls, word: int | None, block: int) -> Versions:
        """By a name's word of layout 2. Raises NotListed for a word that no Directory writes."""
        word = word or 0
        if word >> 192:
            raise NotListed("the directory's word of versions is none")
        active, following, begins = word & _UINT64, word >> 64 & _UINT64, word >> 128
        return cls(following, 0, 0) if following and begins <= block else cls(active, following, begins)


@dataclass(frozen=True, slots=True)
class Entry:
    """What layout 2 keeps of a version: ``state`` as it was written, of a version that was replaced still 1."""

    address: bytes
    code_hash: bytes
    since: int
    state: int

    @classmethod
    def read(cls, read: Read, name: str, version: int) -> Entry | None:
        """None where there is no such version. Raises NotListed for words that no Directory writes."""
        word, code_hash = (read(slot) for slot in layout.entry_slots(name, version))
        if not word and not code_hash:
            return None
        if not word or not code_hash or word >> 232:
            raise NotListed(f"the directory's words of {name} {version} are no entry")
        return cls(_address(word), code_hash.to_bytes(32), word >> _ADDRESS_BITS & _UINT64, word >> _STATE_SHIFT)


def find(form: int, read: Read, name: str, block: int) -> ContractPin:
    """The contract that answers for ``name`` at block ``block``; ``read`` gives the Directory's slots, asked in order.

    That is the active version, and of Consortium the first one.

    ``form`` is that of the trust anchor (docs/bundle.md). Raises NotListed.
    """
    return _find_1(read, name) if form == 1 else _find_2(read, name, block)


def _find_1(read: Read, name: str) -> ContractPin:
    word, code_hash = (read(slot) for slot in layout.directory_slots(name))
    if not word or not code_hash or word >> 224:
        raise NotListed(f"the directory does not list {name}")
    return ContractPin(_address(word), code_hash.to_bytes(32), word >> _ADDRESS_BITS)


def _find_2(read: Read, name: str, block: int) -> ContractPin:
    version = Versions.at(read(layout.versions_slot(name)), block).active
    if not version:
        raise NotListed(f"the directory does not list {name}")
    if name in layout.KEPT_IN_THE_FIRST:
        version = 1
    entry = Entry.read(read, name, version)
    if entry is None:
        raise NotListed(f"the directory has no entry of {name} {version}")
    if entry.state != ACTIVE:
        raise NotListed(f"{name} {version} {_STATES.get(entry.state, 'is in no state that there is')}")
    return ContractPin(entry.address, entry.code_hash, version)


def _address(word: int) -> bytes:
    return (word & ((1 << _ADDRESS_BITS) - 1)).to_bytes(20)
