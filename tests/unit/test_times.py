"""Times as numbers: what is in another unit is refused by its name."""

from __future__ import annotations

import pytest

from liveledger.domain.times import FromFuture, NotInSeconds, observed, seconds
from liveledger_cli.common.timestamps import unix_seconds

NOW = 1_795_521_480
THEN = "2026-11-24T11:58:00Z"


@pytest.mark.parametrize("value", [0, 1, NOW, (1 << 32) - 1])
def test_seconds_are_taken(value: int) -> None:
    assert seconds(value) == value


@pytest.mark.parametrize(("factor", "unit"), [(10**3, "milliseconds"), (10**6, "microseconds"), (10**9, "nanoseconds")])
def test_another_unit_is_named(factor: int, unit: str) -> None:
    with pytest.raises(NotInSeconds) as refused:
        seconds(NOW * factor + 7, "time of a reading")
    assert f"read as {unit} it is {THEN}" in refused.value.message
    assert str(NOW) in refused.value.hint


@pytest.mark.parametrize("value", [-1, 1 << 32, 10**10, 10**40])
def test_what_no_unit_makes_a_time_is_outside(value: int) -> None:
    with pytest.raises(NotInSeconds, match="outside 1970"):
        seconds(value)


def test_what_was_observed_is_neither_of_long_ago_nor_ahead() -> None:
    assert observed(NOW + 300, NOW) == NOW + 300
    with pytest.raises(FromFuture, match="301 s in the future"):
        observed(NOW + 301, NOW)
    # Days since 1900, as a spreadsheet counts them.
    with pytest.raises(NotInSeconds, match="1970-01-01T12:52:30Z"):
        observed(46_350, NOW)


@pytest.mark.parametrize("text", ["1795521480000", "1795521480000000", "9" * 30])
def test_the_command_line_says_the_same(text: str) -> None:
    with pytest.raises(NotInSeconds):
        unix_seconds(text)
