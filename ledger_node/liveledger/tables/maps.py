"""Maps: which columns of somebody's table are which fields of ours, and how their words, numbers and times are written.

A map is a TOML file (docs/messages.md, "Tables of other systems"). What it does not understand it refuses as a whole.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liveledger.tables.errors import InvalidMap
from liveledger.tables.text import encoding_of

MAX_BYTES = 1 << 18
MAX_HEAD_ROW = 1000
# A part of an id that names a field of ours rather than a column of theirs.
OWN = "@"
_SECTIONS = frozenset({"table", "columns", "constants", "words", "numbers", "times"})
_NUMBER_MARKS = frozenset({"", ".", ",", "'", " ", "\u00a0", "\u202f"})


@dataclass(frozen=True, slots=True)
class Numbers:
    """How whole numbers are written: marks between thousands and before decimals, and whether a sign counts."""

    thousands: str = ""
    decimal: str = "."
    absolute: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """Forms of times and dates, as ``datetime.strptime`` has them, and the zone of those that name none."""

    forms: tuple[str, ...] = ()
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class TableMap:
    """A map as read. ``columns``: theirs by our field, several are joined; ``words``: ours by theirs, by field.

    ``head``: number of the row with their names (None: the first with anything in it); ``skip``: rows with one of these
    texts in a column are passed over; ``ignore``: columns that no field takes are, too.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    numbers: Numbers = Numbers()
    times: Times = Times()
    skip: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ignore: bool = False
    head: int | None = None
    encoding: str | None = None
    separator: str | None = None

    @property
    def fields(self) -> frozenset[str]:
        """Our fields that it fills."""
        return frozenset(self.columns) | frozenset(self.constants)


def read_map(content: bytes) -> TableMap:
    """The map in a TOML file. Raises InvalidMap naming the section and what is wrong there."""
    if len(content) > MAX_BYTES:
        raise InvalidMap(f"a map has at most {MAX_BYTES} bytes")
    try:
        value = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidMap(f"the map is no TOML: {error}"[:300]) from None
    _known(value, _SECTIONS, "the map")
    table = _section(value, "table", {"encoding", "separator", "head", "other_columns", "skip"})
    return TableMap(
        columns={name: _names(name, one) for name, one in _section(value, "columns").items()},
        constants={name: _text(f"constants.{name}", one) for name, one in _section(value, "constants").items()},
        words={name: _words(name, one) for name, one in _section(value, "words").items()},
        numbers=_numbers(_section(value, "numbers", {"thousands", "decimal", "absolute"})),
        times=_times(_section(value, "times", {"forms", "zone"})),
        skip=_skip(table.get("skip", {})),
        ignore=_choice(table, "other_columns", ("refuse", "ignore")) == "ignore",
        head=_head(table.get("head")),
        encoding=None if "encoding" not in table else encoding_of(_text("table.encoding", table["encoding"])),
        separator=_separator(table.get("separator")),
    )


def _section(value: dict[str, Any], name: str, known: set[str] | None = None) -> dict[str, Any]:
    found = value.get(name, {})
    if not isinstance(found, dict):
        raise InvalidMap(f"{name} is no table of TOML", hint=f"write [{name}] above its lines")
    if known is not None:
        _known(found, frozenset(known), f"[{name}]")
    return found


def _known(value: dict[str, Any], names: frozenset[str], where: str) -> None:
    for name in value:
        if name not in names:
            raise InvalidMap(f"{where} has no {name[:40]!r}", hint=f"there are {', '.join(sorted(names))}")


def _text(where: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidMap(f"{where} is a text or a whole number", hint="times and decimals are written in quotes")
    return str(value)


def _names(field_name: str, value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) and name.strip() for name in names):
        raise InvalidMap(f"columns.{field_name} is the name of a column, or a list of names")
    return tuple(name.strip() for name in names)


def _words(field_name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InvalidMap(f"words.{field_name} is a table of their words and ours")
    return {theirs.strip(): _text(f"words.{field_name}.{theirs[:40]}", ours) for theirs, ours in value.items()}


def _numbers(value: dict[str, Any]) -> Numbers:
    found = Numbers(value.get("thousands", ""), value.get("decimal", "."), value.get("absolute", False))
    marks = (found.thousands, found.decimal)
    if not all(isinstance(mark, str) and mark in _NUMBER_MARKS for mark in marks) or not found.decimal:
        raise InvalidMap("numbers: a mark is a point, a comma, an apostrophe or a blank")
    if found.thousands == found.decimal or not isinstance(found.absolute, bool):
        raise InvalidMap("numbers: thousands and decimal differ, and absolute is true or false")
    return found


def _times(value: dict[str, Any]) -> Times:
    forms = value.get("forms", [])
    if not isinstance(forms, list) or not all(isinstance(form, str) and form for form in forms):
        raise InvalidMap(
            "times.forms is a list of forms", hint='like "%Y/%m/%d %H:%M"; "unix" and "unix-ms" are numbers'
        )
    zone = value.get("zone")
    return Times(tuple(forms), None if zone is None else _zone(zone))


def _zone(name: Any) -> tzinfo:
    """A zone by its name in the IANA database, or an offset like +08:00."""
    sign, hours, colon, minutes = (name[:1], name[1:3], name[3:4], name[4:]) if isinstance(name, str) else ("",) * 4
    if sign in ("+", "-") and colon == ":" and (hours + minutes).isdecimal() and len(minutes) == 2 and int(hours) < 24:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-offset if sign == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        hint = 'a name like "Asia/Shanghai", which this machine\'s time zone data must have, or an offset like "+08:00"'
        raise InvalidMap(f"times.zone {str(name)[:40]!r} is no time zone here", hint=hint) from None


def _skip(value: Any) -> dict[str, frozenset[str]]:
    if not isinstance(value, dict):
        raise InvalidMap("table.skip is a table of columns", hint='skip = {"Column" = ["Total", ""]}')
    found = {}
    for name, texts in value.items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InvalidMap(f"table.skip.{name[:40]} is a list of texts")
        found[name.strip()] = frozenset(text.strip() for text in texts)
    return found


def _choice(section: dict[str, Any], name: str, words: tuple[str, str]) -> str:
    found = section.get(name, words[0])
    if found not in words:
        raise InvalidMap(f"table.{name} is {' or '.join(words)}")
    return str(found)


def _head(value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 1 <= value <= MAX_HEAD_ROW):
        raise InvalidMap(f"table.head is the number of a row, 1 … {MAX_HEAD_ROW}")
    return value


def _separator(value: Any) -> str | None:
    if value is not None and value not in (",", ";", "\t", "|"):
        raise InvalidMap("table.separator is a comma, a semicolon, a bar or a tab")
    return None if value is None else str(value)
