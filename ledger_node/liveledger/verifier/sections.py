"""Sections of a bundle's ``evidence``: their form (step 1). Which of them stand there is declared by each view."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from liveledger.domain.documents import breach
from liveledger.domain.streams import HEAD_BYTES
from liveledger.verifier import shape
from liveledger.verifier.disclosures import Disclosure
from liveledger.verifier.trie import MAX_NODES

MAX_ACCOUNTS = 8
MAX_SLOTS = 64
MAX_LEAVES = 10_000
MAX_PATH = 40
MAX_PAGES = 64
SALT_BYTES = 16


def read_nodes(value: Any, where: str) -> list[bytes]:
    """A trie proof: at most 64 nodes, the root first."""
    return shape.array(value, where, MAX_NODES, shape.hexadecimal)


@dataclass(slots=True)
class AccountSection:
    """Proof of an account, and of its slots in the order in which the view asks for them."""

    account: list[bytes]
    storage: list[list[bytes]]

    @classmethod
    def read(cls, value: Any, where: str) -> AccountSection:
        """Reads ``{account, storage}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("account", "storage"))
        storage = shape.array(entry["storage"], f"{where}.storage", MAX_SLOTS, read_nodes)
        return cls(read_nodes(entry["account"], f"{where}.account"), storage)


@dataclass(frozen=True, slots=True)
class IndexedProof:
    """Proof of the entry at ``index`` in a block's trie of transactions or receipts."""

    index: int
    nodes: list[bytes]

    @classmethod
    def read(cls, value: Any, where: str) -> IndexedProof:
        """Reads ``{index, nodes}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("index", "nodes"))
        return cls(shape.integer(entry["index"], f"{where}.index", 0xFFFF), read_nodes(entry["nodes"], where))

    @classmethod
    def read_index(cls, value: Any, where: str) -> IndexedProof:
        """Reads the index alone, where the nodes stand with all others. Raises Refusal (step 1)."""
        return cls(shape.integer(value, where, 0xFFFF), [])


@dataclass(frozen=True, slots=True)
class LeafRecord:
    """A leaf of a page; its first index follows from the page's."""

    n: int
    block: int
    time: int
    poster: bytes
    payload: bytes

    @classmethod
    def read(cls, value: Any, where: str) -> LeafRecord:
        """Reads ``{n, block, time, poster, payload}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("n", "block", "time", "poster", "payload"))
        return cls(
            shape.decimal(entry["n"], f"{where}.n"),
            shape.decimal(entry["block"], f"{where}.block"),
            shape.decimal(entry["time"], f"{where}.time"),
            shape.hexadecimal(entry["poster"], f"{where}.poster", 20),
            shape.hexadecimal(entry["payload"], f"{where}.payload"),
        )


@dataclass(frozen=True, slots=True)
class LeafSection:
    """A page of leaves: ``first`` index, the head before it, and every later leaf's hash."""

    first: int
    head_before: bytes
    page: list[LeafRecord]
    later: list[bytes]

    @classmethod
    def read(cls, value: Any, where: str) -> LeafSection:
        """Reads ``{first, head_before, page, later}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("first", "head_before", "page", "later"))
        return cls(
            shape.decimal(entry["first"], f"{where}.first"),
            shape.hexadecimal(entry["head_before"], f"{where}.head_before", HEAD_BYTES),
            shape.array(entry["page"], f"{where}.page", MAX_LEAVES, LeafRecord.read),
            shape.array(entry["later"], f"{where}.later", MAX_LEAVES, _digest),
        )


@dataclass(frozen=True, slots=True)
class Document:
    """An EPCIS event with its salt, as its owner keeps it off the chain."""

    salt: bytes
    event: dict[str, Any]

    @classmethod
    def read(cls, value: Any, where: str) -> Document:
        """Reads ``{salt, event}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("salt", "event"))
        if not isinstance(entry["event"], dict):
            raise shape.refuse(f"{where}.event is no object")
        broken = breach(entry["event"])
        if broken:
            raise shape.refuse(f"{where}.event {broken.sentence}")
        return cls(shape.hexadecimal(entry["salt"], f"{where}.salt", SALT_BYTES), entry["event"])


@dataclass(frozen=True, slots=True)
class ReadingProof:
    """A reading's place in its batch: ``value`` in thousandths of the unit, audit path from the leaf up."""

    index: int
    value: int
    path: list[bytes]

    @classmethod
    def read(cls, value: Any, where: str) -> ReadingProof:
        """Reads ``{index, value, path}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("index", "value", "path"))
        return cls(
            shape.integer(entry["index"], f"{where}.index", (1 << 32) - 1),
            shape.signed_decimal(entry["value"], f"{where}.value", 32),
            shape.array(entry["path"], f"{where}.path", MAX_PATH, _digest),
        )


@dataclass(slots=True)
class Sections:
    """All sections of ``evidence``; ``names`` says which of them the bundle has.

    ``leaves`` is the one page of form 1, ``pages`` are those of form 2, None in form 1.
    """

    names: frozenset[str]
    contracts: dict[str, AccountSection] = field(default_factory=dict)
    receipt: IndexedProof | None = None
    transaction: IndexedProof | None = None
    leaves: LeafSection | None = None
    pages: list[LeafSection] | None = None
    documents: list[Document | None] = field(default_factory=list)
    disclosures: list[Disclosure | None] = field(default_factory=list)
    inputs: list[list[bytes]] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    reading: ReadingProof | None = None

    @classmethod
    def read(cls, value: Any, form: int = 1) -> Sections:
        """Reads ``evidence`` of a bundle of form 1 or 2. Raises Refusal (step 1)."""
        readers = _READERS if form == 1 else _READERS_2
        entry = shape.fields(value, "evidence", (), tuple(readers))
        parts = {name: readers[name](part, f"evidence.{name}") for name, part in entry.items()}
        if form == 1:
            return cls(frozenset(entry), **parts)
        return cls(frozenset(entry), pages=parts.pop("leaves", []), **parts)


def _digest(value: Any, where: str) -> bytes:
    return shape.hexadecimal(value, where, 32)


def _contracts(value: Any, where: str) -> dict[str, AccountSection]:
    if not isinstance(value, dict) or len(value) > MAX_ACCOUNTS:
        raise shape.refuse(f"{where} is no object of at most {MAX_ACCOUNTS} contracts")
    return {name: AccountSection.read(part, f"{where}.{name[:40]!r}") for name, part in value.items()}


def _or_null(reader: Any) -> Any:
    return lambda value, where: None if value is None else reader(value, where)


def _pages(value: Any, where: str) -> list[bytes]:
    return shape.array(value, where, MAX_LEAVES, shape.hexadecimal)


_READERS: dict[str, Any] = {
    "contracts": _contracts,
    "receipt": _or_null(IndexedProof.read),
    "transaction": _or_null(IndexedProof.read),
    "leaves": _or_null(LeafSection.read),
    "documents": lambda value, where: shape.array(value, where, MAX_LEAVES, _or_null(Document.read)),
    "inputs": lambda value, where: shape.array(value, where, MAX_LEAVES, _pages),
    "payloads": lambda value, where: shape.array(value, where, MAX_LEAVES, shape.hexadecimal),
    "reading": _or_null(ReadingProof.read),
}
_READERS_2: dict[str, Any] = {
    **{name: _READERS[name] for name in ("documents", "inputs", "payloads", "reading")},
    "receipt": _or_null(IndexedProof.read_index),
    "transaction": _or_null(IndexedProof.read_index),
    "leaves": lambda value, where: shape.array(value, where, MAX_PAGES, LeafSection.read),
    "disclosures": lambda value, where: shape.array(value, where, MAX_LEAVES, _or_null(Disclosure.read)),
}
