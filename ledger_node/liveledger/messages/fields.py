"""Checks of the fields that stock messages have in common."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.units import UNITS
from liveledger.messages.checks import Check, Findings, matching
from liveledger.messages.checks import time as _time
from liveledger.messages.refusals import FUTURE, UNKNOWN_UNIT

MAX_ORGANISATION = 4095
MAX_CODE_BYTES = 64
MAX_LOT_BYTES = 20
MAX_NOTE = 256
FUTURE_SECONDS = 300
_TIME_END = 1 << 32
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

message_id = matching(r"[!-~]{1,128}", "id of 1 … 128 visible ASCII characters")


def between(low: int, high: int, what: str) -> Check:
    """A whole number, written without a fraction, within both bounds (inclusive)."""

    def check(value: Any, findings: Findings) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            findings.add(f"{value!r} is no {what} ({low} … {high})"[:160])

    return check


def sized_text(most: int, what: str) -> Check:
    """Text of 1 to ``most`` bytes in UTF-8."""

    def check(value: Any, findings: Findings) -> None:
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= most:
            findings.add(f"{what} is text of 1 … {most} bytes")

    return check


def optional(check: Check) -> Check:
    """The same, where null stands for a field that is absent."""
    return lambda value, findings: None if value is None else check(value, findings)


def gln(value: Any, findings: Findings) -> None:
    """A GLN: text of 13 digits with the right check digit."""
    _key(value, findings, "GLN", "13 digits")


def gtin(value: Any, findings: Findings) -> None:
    """A GTIN: text of 8, 12, 13 or 14 digits with the right check digit."""
    _key(value, findings, "GTIN", "8, 12, 13 or 14 digits")


def _key(value: Any, findings: Findings, what: str, digits: str) -> None:
    if not isinstance(value, str):
        findings.add(f"a {what} is written as text of {digits}")
        return
    try:
        gs1.gln(value) if what == "GLN" else gs1.gtin14(value)
    except InvalidInput as error:
        findings.add(error.message)


def organisation(value: Any, findings: Findings) -> None:
    """An organisation: its number on the ledger, or its GLN as text."""
    if isinstance(value, str):
        gln(value, findings)
    else:
        between(1, MAX_ORGANISATION, "organisation number")(value, findings)


def unit(value: Any, findings: Findings) -> None:
    """A unit's name (UN/ECE Recommendation 20) that the ledger has a code for."""
    if not isinstance(value, str) or value not in UNITS:
        findings.add(f"{str(value)[:40]!r} is no unit of the ledger: {', '.join(UNITS)}", UNKNOWN_UNIT)


def note(value: Any, findings: Findings) -> None:
    """Text for people and other systems, of at most 256 characters."""
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        findings.add(f"is no text of at most {MAX_NOTE} characters")


def filled_note(value: Any, findings: Findings) -> None:
    """The same, and not empty."""
    if not value:
        findings.add("is empty")
    else:
        note(value, findings)


def day(value: Any, findings: Findings) -> None:
    """A date of the calendar, YYYY-MM-DD, from 1970 on."""
    if not isinstance(value, str) or not _is_day(value):
        findings.add(f"{str(value)[:40]!r} is no date like 2027-03-31")


def _is_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        return date.fromisoformat(value).year >= 1970
    except ValueError:
        return False


def time_of_fact(now: float) -> Check:
    """A time with its offset, from 1970 to 2106, at most 300 s after ``now`` (Unix seconds)."""

    def check(value: Any, findings: Findings) -> None:
        before = len(findings.found)
        _time(value, findings)
        if len(findings.found) > before:
            return
        at = seconds(value)
        if not 0 <= at < _TIME_END:
            findings.add("lies outside 1970 … 2106")
        elif at > now + FUTURE_SECONDS:
            findings.add(
                f"lies {at - int(now)} s in the future; {FUTURE_SECONDS} are allowed (is the sender's clock right?)",
                FUTURE,
            )

    return check


def seconds(value: str) -> int:
    """A checked time in Unix seconds, rounded down."""
    return int(datetime.fromisoformat(value).timestamp() // 1)
