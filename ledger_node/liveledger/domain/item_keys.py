"""How version 2 of Provenance keys items and their streams (docs/formats.md, EPCIS events)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from liveledger.domain.hashing import keccak, uint_word

# A trade item, and a piece of one (ITIP: GTIN, number of the piece, number of pieces).
_GTIN = re.compile(r"https://id\.gs1\.org/(?:01/([0-9]{14})|8006/([0-9]{14})[0-9]{4})(?:/|\Z)")
_BITS, _PER_WORD = 16, 16


@dataclass(frozen=True, slots=True, order=True)
class ItemKey:
    """An item as the contract is told it: its GTIN, 0 for none, and the hash (32 bytes) of its URI in its one form."""

    gtin: int
    uri: bytes

    @classmethod
    def of(cls, uri: str) -> ItemKey:
        """The key of a URI that is in its one form already (`items.canonical`)."""
        return cls(gtin_of(uri), keccak(uri.encode()))

    @property
    def digest(self) -> bytes:
        """The item in the contract (32 bytes)."""
        return keccak(uint_word(self.gtin) + self.uri)

    def stream(self, organisation: int) -> bytes:
        """Id (32 bytes) of the stream of the item's events that are listed with an organisation."""
        return keccak(uint_word(organisation) + self.digest)


def gtin_of(uri: str) -> int:
    """The GTIN in a URI in its one form; 0 where it has none."""
    found = _GTIN.match(uri)
    return int(found[1] or found[2]) if found else 0


def organisations_in(word: int) -> list[int]:
    """The numbers in a word of sixteen, the first in the low bits; 0 ends them."""
    found = []
    for place in range(_PER_WORD):
        number = word >> place * _BITS & 0xFFFF
        if number == 0:
            break
        found.append(number)
    return found


def is_full(word: int) -> bool:
    """Whether a word of organisations has no room left, so that another may follow it."""
    return bool(word >> _BITS * (_PER_WORD - 1))
