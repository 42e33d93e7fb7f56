"""Packed records cut into named columns: how a contract's leaf or word is read by whoever knows what stands in it.

A column is written ``name:kind:bytes``, as in ``brand:number:2``; a field of a word ``name:bits``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from liveledger.domain.errors import InvalidInput

MAX_COLUMNS = 32
MAX_BYTES = 32
WORD_BITS = 256
_NAME = r"[a-z][a-z0-9_]{0,31}"
_COLUMN = re.compile(rf"({_NAME}):(number|hex|text):([1-9][0-9]?)")
_FIELD = re.compile(rf"({_NAME}):([1-9][0-9]{{0,2}})")
# What every entry has beside its columns.
OWN = frozenset({"index", "block", "time", "poster"})
_PLAIN = range(0x20, 0x7F)


class Kind(StrEnum):
    """What the bytes of a column mean."""

    NUMBER = "number"
    HEX = "hex"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """``size`` bytes, big-endian."""

    name: str
    kind: Kind
    size: int

    @classmethod
    def parse(cls, text: str) -> Column:
        """From ``name:kind:bytes``. Raises InvalidInput."""
        found = _COLUMN.fullmatch(text)
        if not found or int(found[3]) > MAX_BYTES:
            raise InvalidInput(f"{text[:80]!r} is no column", hint="name:number, hex or text:1 to 32 bytes")
        return cls(found[1], Kind(found[2]), int(found[3]))

    def show(self, data: bytes) -> str:
        """A number in decimal, bytes as ``0x…``, a text as it is.

        A text ends before its zeros; one that is empty, no plain ASCII, or begins as hex does, is shown as hex: no two
        values are shown alike.
        """
        if self.kind is Kind.NUMBER:
            return str(int.from_bytes(data))
        text = data.rstrip(b"\0")
        if self.kind is Kind.TEXT and text and all(byte in _PLAIN for byte in text) and not text.startswith(b"0x"):
            return text.decode("ascii")
        return f"0x{data.hex()}"


@dataclass(frozen=True, slots=True)
class Records:
    """The form of a leaf's payload: ``head`` once, then ``entry`` for each of its entries."""

    head: tuple[Column, ...]
    entry: tuple[Column, ...]

    @classmethod
    def parse(cls, head: Iterable[str], entry: Iterable[str]) -> Records:
        """From columns as they are written. Raises InvalidInput for no entry's column, too many, or a name twice."""
        found = cls(tuple(map(Column.parse, head)), tuple(map(Column.parse, entry)))
        names = [column.name for column in (*found.head, *found.entry)]
        if not found.entry or len(names) > MAX_COLUMNS or len({*names, *OWN}) != len(names) + len(OWN):
            raise InvalidInput(f"1 to {MAX_COLUMNS} columns, one of an entry among them, no name twice")
        return found

    def split(self, payload: bytes, n: int) -> list[dict[str, bytes]]:
        """The columns of each of ``n`` entries. Raises InvalidInput for a payload of another length."""
        head, entry = _size(self.head), _size(self.entry)
        if len(payload) != head + n * entry:
            raise InvalidInput(f"it has {len(payload)} bytes, not {head} and {entry} for each of {n} entries")
        shared = _cut(self.head, payload)
        starts = range(head, len(payload), entry)
        return [{**shared, **_cut(self.entry, payload[start : start + entry])} for start in starts]

    def shown(self, values: Mapping[str, bytes]) -> dict[str, str]:
        """An entry's columns as text."""
        return {column.name: column.show(values[column.name]) for column in (*self.head, *self.entry)}


@dataclass(frozen=True, slots=True)
class Field:
    """``bits`` of a word; fields follow each other from the low bits up."""

    name: str
    bits: int


def parse_fields(texts: Sequence[str]) -> tuple[Field, ...]:
    """Fields of a word from ``name:bits``, low to high. Raises InvalidInput for what is no word of 256 bits."""
    found = [_FIELD.fullmatch(text) for text in texts]
    fields = tuple(Field(one[1], int(one[2])) for one in found if one)
    right = len(fields) == len(texts) and 1 <= len(fields) <= MAX_COLUMNS
    if not right or sum(field.bits for field in fields) > WORD_BITS or len({one.name for one in fields}) != len(fields):
        raise InvalidInput(f"1 to {MAX_COLUMNS} fields name:bits, no name twice, at most {WORD_BITS} bits")
    return fields


def split_word(fields: Sequence[Field], word: int) -> dict[str, int]:
    """The numbers in a word. Raises InvalidInput where something stands above the last field."""
    found = {}
    for field in fields:
        found[field.name] = word & ((1 << field.bits) - 1)
        word >>= field.bits
    if word:
        raise InvalidInput("something stands above the last field of the word")
    return found


def _size(columns: Iterable[Column]) -> int:
    return sum(column.size for column in columns)


def _cut(columns: Iterable[Column], data: bytes) -> dict[str, bytes]:
    found, start = {}, 0
    for column in columns:
        found[column.name] = data[start : start + column.size]
        start += column.size
    return found
