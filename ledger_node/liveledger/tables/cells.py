"""Single cells: from how another system writes a word, a number or a time to how our messages do.

What cannot be read so is left as it stands: the form that checks every message refuses it by row and field.
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from urllib.parse import quote

from liveledger.tables.maps import Numbers, Times

_FORMULA = re.compile(r'="([^"]*)"')
# All that is visible ASCII: an id may hold it.
_VISIBLE = "".join(map(chr, range(ord("!"), ord("~") + 1))).replace("%", "")
_MAX_CELL = 4096
_SECOND, _MILLISECOND = 1, 1000


def clean(cell: str) -> str:
    """A cell without blanks at its ends, and without what spreadsheets put around digits that are text."""
    text = cell.strip()
    formula = _FORMULA.fullmatch(text)
    text = formula[1].strip() if formula else text
    return text[1:].strip() if text.startswith("'") and text[1:].strip().isdecimal() else text


def identifier(text: str) -> str:
    """A text as a message's id: what is no visible ASCII is percent-encoded."""
    return quote(text, safe=_VISIBLE)


def whole(text: str, numbers: Numbers) -> str:
    """Digits of a whole number: ``1,234.00`` and ``1.234-`` are, ``0.5`` is not."""
    if len(text) > _MAX_CELL:
        return text
    signed = f"-{text[:-1].strip()}" if text.endswith("-") else text
    bare, mark, rest = signed.partition(numbers.decimal)
    if mark and (not rest or rest.strip("0")):
        return text
    if numbers.thousands:
        first, *groups = bare.split(numbers.thousands)
        if groups and (not 1 <= len(first.lstrip("-")) <= 3 or any(len(group) != 3 for group in groups)):
            return text
        bare = first + "".join(groups)
    digits = bare.lstrip("+-").strip()
    if not digits.isascii() or not digits.isdecimal() or len(bare) - len(bare.lstrip("+-")) > 1:
        return text
    plain = digits.lstrip("0") or "0"
    return f"-{plain}" if bare.startswith("-") and not numbers.absolute and plain != "0" else plain


def moment(text: str, times: Times) -> str:
    """A time with its offset (RFC 3339). A time of day that the zone skips or has twice is left as it stands."""
    found = _read(text, times)
    if found is None or (found.tzinfo is None and times.zone is None):
        return text
    if found.tzinfo is None:
        local = found.replace(tzinfo=times.zone)
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            return text
        found = local
    shown = found.isoformat(timespec="seconds")
    return shown.removesuffix("+00:00") + "Z" if shown.endswith("+00:00") else shown


def day(text: str, times: Times) -> str:
    """A date, YYYY-MM-DD."""
    found = _read(text, times)
    return text if found is None else found.date().isoformat()


def _read(text: str, times: Times) -> datetime | None:
    """By the first form that fits."""
    for form in times.forms:
        with contextlib.suppress(ValueError, OverflowError, OSError):
            if form in ("unix", "unix-ms"):
                factor = _SECOND if form == "unix" else _MILLISECOND
                if text.isascii() and text.isdecimal() and len(text) == len(str(10**9 * factor)):
                    return datetime.fromtimestamp(int(text) // factor, UTC)
                continue
            return datetime.strptime(text[:_MAX_CELL], form)
    return None
