"""What is recorded of a place: the totals of a comparison, and how the place stands after it.

Source: docs/formats.md, Accuracy. Quantities are base units of the SKUs, ratios are basis points, times Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.domain.hashing import uint_word
from liveledger.domain.money import Bps

_NOTHING = Bps(0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Totals of one comparison of a place: SKUs, units, the sum of absolute differences, root over the rows."""

    place: int
    as_of: int
    at_block: int
    skus: int
    skus_matching: int
    ledger_units: int
    snapshot_units: int
    difference_units: int
    snapshot_root: bytes

    def encode(self) -> bytes:
        """``abi.encode`` of the struct: nine words."""
        numbers = (
            self.place,
            self.as_of,
            self.at_block,
            self.skus,
            self.skus_matching,
            self.ledger_units,
            self.snapshot_units,
            self.difference_units,
        )
        return b"".join(map(uint_word, numbers)) + self.snapshot_root


@dataclass(frozen=True, slots=True)
class PlaceAccuracy:
    """What the contract holds of a place after its newest record; all zero before the first.

    ``flag`` is the level that is flagged (0, 3 or 4), ``recount_by`` the deadline of an open recount (0: none),
    ``other_as_of`` the time of the other side's newest record (0: none): of auditors where the newest record is the
    operator's, of the operator where it is ``audited``.
    """

    as_of: int = 0
    deviation: Bps = _NOTHING
    accuracy: Bps = _NOTHING
    level: int = 0
    flag: int = 0
    recount_by: int = 0
    count: int = 0
    at_block: int = 0
    other_as_of: int = 0
    audited: bool = False

    def newest_of(self, *, audited: bool) -> int:
        """Time of the newest record by auditors or by the operator; 0 before the first."""
        return self.as_of if audited == self.audited else self.other_as_of

    def word(self) -> int:
        """The storage word."""
        parts = (
            (self.as_of, 0),
            (self.deviation, 32),
            (self.accuracy, 48),
            (self.level, 64),
            (self.flag, 72),
            (self.recount_by, 80),
            (self.count, 112),
            (self.at_block, 144),
            (self.other_as_of, 208),
            (self.audited, 240),
        )
        return sum(value << bit for value, bit in parts)

    @classmethod
    def from_word(cls, word: int) -> PlaceAccuracy:
        """Decodes a storage word."""
        return cls(
            as_of=word & 0xFFFFFFFF,
            deviation=Bps(word >> 32 & 0xFFFF),
            accuracy=Bps(word >> 48 & 0xFFFF),
            level=word >> 64 & 0xFF,
            flag=word >> 72 & 0xFF,
            recount_by=word >> 80 & 0xFFFFFFFF,
            count=word >> 112 & 0xFFFFFFFF,
            at_block=word >> 144 & 0xFFFF_FFFF_FFFF_FFFF,
            other_as_of=word >> 208 & 0xFFFFFFFF,
            audited=bool(word >> 240 & 1),
        )
