"""When something is a notice, a warning, critical: thresholds in one place, no I/O, no clock.

An alert on the chain carries a value and the limit that it crossed, both unsigned. Stock is given in base units; a
temperature is given in thousandths of a kelvin, so that frost needs no sign.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fractions import Fraction

from liveledger.domain.errors import InvalidInput

MILLI_ZERO_CELSIUS = 273_150


class Level(enum.IntEnum):
    """Levels by their code on the chain."""

    NOTICE = 1
    WARNING = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: ``value`` crossed ``limit`` (stock: base units; temperature: thousandths of a kelvin)."""

    level: Level
    value: int
    limit: int


@dataclass(frozen=True, slots=True)
class CoverLimits:
    """Days of expected demand below which stock gets each level; the defaults are a fortnight, a week, two days."""

    notice_days: int = 14
    warning_days: int = 7
    critical_days: int = 2

    def __post_init__(self) -> None:
        if not self.notice_days > self.warning_days > self.critical_days > 0:
            raise InvalidInput("cover limits fall strictly from notice to critical and stay above zero")


@dataclass(frozen=True, slots=True)
class TemperatureLimits:
    """Allowed range in thousandths of a degree Celsius, and how far or how long outside makes which level.

    Any reading outside is a notice; ``warning_milli`` beyond the range or ``warning_seconds`` in a row outside is a
    warning; ``critical_milli`` or ``critical_seconds`` is critical. The defaults are those of a 2–8 °C cold chain.
    """

    low_milli: int = 2_000
    high_milli: int = 8_000
    warning_milli: int = 2_000
    critical_milli: int = 5_000
    warning_seconds: int = 30 * 60
    critical_seconds: int = 2 * 60 * 60

    def __post_init__(self) -> None:
        if not self.low_milli < self.high_milli:
            raise InvalidInput("the lower temperature limit is not below the upper one")
        if not (0 < self.warning_milli < self.critical_milli and 0 < self.warning_seconds < self.critical_seconds):
            raise InvalidInput("temperature limits rise strictly from warning to critical")

    def outside(self, milli: int) -> int:
        """How far ``milli`` lies outside the range (thousandths of a degree); 0 inside and on the limit."""
        return max(self.low_milli - milli, milli - self.high_milli, 0)


def stock_cover(available: int, expected: int, days: int, limits: CoverLimits | None = None) -> Alert | None:
    """The alert for ``available`` units when ``expected`` units are to sell in ``days`` days; None when all is well.

    Compared without rounding (``available × days < expected × limit days``); the limit given is rounded up to a whole
    unit.
    Raises InvalidInput for negative figures.
    """
    if available < 0 or expected < 0 or days < 1:
        raise InvalidInput("stock, expected sales and days are not negative", available=available, expected=expected)
    chosen = limits or CoverLimits()
    steps = (
        (Level.CRITICAL, chosen.critical_days),
        (Level.WARNING, chosen.warning_days),
        (Level.NOTICE, chosen.notice_days),
    )
    for level, limit_days in steps:
        needed = Fraction(expected * limit_days, days)
        if available < needed:
            return Alert(level, available, -(-needed.numerator // needed.denominator))
    return None


def temperature(worst_milli: int, seconds_outside: int, limits: TemperatureLimits | None = None) -> Alert | None:
    """The alert for an excursion whose worst reading is ``worst_milli`` and that lasted ``seconds_outside``.

    None when the worst reading is inside the range. Value and limit are in thousandths of a kelvin.
    """
    chosen = limits or TemperatureLimits()
    excess = chosen.outside(worst_milli)
    if excess == 0:
        return None
    if excess >= chosen.critical_milli or seconds_outside >= chosen.critical_seconds:
        level = Level.CRITICAL
    elif excess >= chosen.warning_milli or seconds_outside >= chosen.warning_seconds:
        level = Level.WARNING
    else:
        level = Level.NOTICE
    crossed = chosen.high_milli if worst_milli > chosen.high_milli else chosen.low_milli
    return Alert(level, worst_milli + MILLI_ZERO_CELSIUS, crossed + MILLI_ZERO_CELSIUS)
