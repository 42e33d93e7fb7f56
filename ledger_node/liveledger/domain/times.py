"""Times as numbers: whole Unix seconds. Other units have other lengths, and are named before they do harm."""

from __future__ import annotations

from datetime import UTC, datetime

from liveledger.domain.errors import InvalidInput

# What the ledger's uint32 holds: up to 2106.
TIME_END = 1 << 32
# How far the clocks of members may differ (Limits.MAX_AHEAD_SECONDS).
AHEAD_SECONDS = 300
# 2000-01-01: what says that it was observed before comes from a clock that was never set, or counts something else.
FIRST_OBSERVED = 946_684_800
_UNITS = (("milliseconds", 10**3), ("microseconds", 10**6), ("nanoseconds", 10**9))


class NotInSeconds(InvalidInput):
    """A time is a number of another unit than seconds."""

    code = "not-in-seconds"


class FromFuture(InvalidInput):
    """A time lies further ahead than clocks may differ."""

    code = "in-the-future"


def seconds(value: int, what: str = "time") -> int:
    """``value``, if it can be Unix seconds (to 2106). Raises NotInSeconds naming the unit that it seems to have."""
    if 0 <= value < TIME_END:
        return value
    for name, factor in _UNITS:
        found = value // factor
        if FIRST_OBSERVED <= found < TIME_END:
            raise NotInSeconds(
                f"the {what} {value} is no time in Unix seconds; read as {name} it is {_shown(found)}",
                hint=f"times are whole seconds since 1970: {found}",
                value=value,
            )
    raise NotInSeconds(f"the {what} {str(value)[:40]} lies outside 1970 … 2106 in Unix seconds", value=str(value)[:40])


def observed(value: int, now: float, what: str = "time") -> int:
    """The same of something that was observed: not before 2000, at most 300 s after ``now`` (Unix seconds).

    Raises NotInSeconds, FromFuture.
    """
    if seconds(value, what) < FIRST_OBSERVED:
        raise NotInSeconds(
            f"the {what} {value} is {_shown(value)} in Unix seconds",
            hint="was the clock never set, or is it in days or minutes? Times are whole seconds since 1970",
            value=value,
        )
    if value > now + AHEAD_SECONDS:
        ahead = value - int(now)
        raise FromFuture(
            f"the {what} {value} ({_shown(value)}) lies {ahead} s in the future; {AHEAD_SECONDS} are allowed",
            hint="is the sender's clock right, and is it in seconds?",
            value=value,
        )
    return value


def day_text(day: int) -> str | None:
    """A date of the ledger (YYYYMMDD as a number, as lots keep their expiry) as ``YYYY-MM-DD``; None for 0, no date."""
    if not day:
        return None
    return f"{day // 10_000:04}-{day // 100 % 100:02}-{day % 100:02}"


def _shown(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
