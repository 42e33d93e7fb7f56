"""What a figure is about: whose goods, where, over which period, and by whose clock."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput

DAY = 86_400
# Ten years: whatever is asked for ends.
MAX_DAYS = 3_660
_MAX_TIME = (1 << 32) - 1


class Clock(enum.Enum):
    """Which time of a movement counts: that of the fact, as its poster states it, or that of its block."""

    FACT = "fact"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Scope:
    """All SKUs of a brand or one, everywhere or at one place; numbers as on the chain."""

    brand: int
    sku: int | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end) in Unix seconds. Its days are counted from its start: a part of a day at its end has no day end."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """Raises InvalidInput for a period that is empty, too long or beyond the ledger's times."""
        if not 0 <= self.start < self.end <= _MAX_TIME:
            raise InvalidInput(
                f"the period from {self.start} to {self.end} is empty or out of range",
                code="bad-period",
                hint="`from` comes before `to`, both in Unix seconds",
            )
        if self.end - self.start > MAX_DAYS * DAY:
            raise InvalidInput(
                f"the period from {self.start} to {self.end} is longer than {MAX_DAYS} days", code="bad-period"
            )

    @property
    def seconds(self) -> int:
        """Length in seconds."""
        return self.end - self.start
