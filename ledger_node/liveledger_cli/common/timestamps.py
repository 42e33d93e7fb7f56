"""Times as they are typed, and as they are shown."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from liveledger.domain.errors import InvalidInput
from liveledger.domain.times import seconds

# Unit, its seconds, and up to how many of it are named.
_UNITS = (
    ("second", 1, 120),
    ("minute", 60, 120),
    ("hour", 3_600, 48),
    ("day", 86_400, 730),
    ("year", 365 * 86_400, math.inf),
)


def unix_seconds(text: str) -> int:
    """Unix seconds of a date (UTC), a moment with its zone, or of seconds.

    Raises InvalidInput, which names the unit of a number that is in another.
    """
    if text.isascii() and text.isdigit():
        return seconds(int(text[:40]))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or (moment.tzinfo is None and len(text) != len("2026-11-24")):
        raise InvalidInput(f"{text[:40]!r} is no time", hint="2026-11-24, 2026-11-24T08:00:00+08:00 or Unix seconds")
    return seconds(int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))


def ago(seconds: int) -> str:
    """How long ago something was, in words: seconds up to two minutes, then minutes, hours, days, years."""
    if seconds < 0:
        return f"{-seconds} s ahead of this machine's clock"
    unit, size = next((unit, size) for unit, size, most in _UNITS if seconds < most * size)
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'} ago"


def utc_text(seconds: str) -> str:
    """Unix seconds, as answers have them, as a date and a time of day in UTC."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):  # a contract keeps 64 bits; the calendar ends earlier
        return f"second {seconds}"
