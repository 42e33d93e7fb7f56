"""A table by a map: rows with our fields' names, under the numbers that they have in their file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from liveledger.tables import cells as c
from liveledger.tables.delimited import Row, fitted, rows
from liveledger.tables.errors import MAX_LISTED, InvalidCsv, InvalidMap
from liveledger.tables.maps import OWN, TableMap
from liveledger.tables.text import decode

_AT, _EXPIRY, _ID = "at", "expiry", "id"
_NUMBERS = frozenset({"quantity", "available", "reserved", "brand"})
_JOINED_BY = {_ID: "-", "sku": "-", "lot": "-", "code": "-"}
_SHOWN_NAMES = 40

Finish = Callable[[dict[str, str]], dict[str, str]]
"""What a kind of message does with a row's fields at the end: one that it has in tables only becomes one of its own."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: its map, what is stated beside it, and the fields that its rows may have.

    ``extra`` are fields of maps only, each with those of the message that ``finish`` makes of it.
    """

    map: TableMap
    fields: Sequence[str]
    extra: Mapping[str, Collection[str]] = field(default_factory=dict)
    finish: Finish = dict

    @property
    def names(self) -> list[str]:
        """The message's fields that the map fills, in their order."""
        made = {name for extra in self.map.fields for name in self.extra.get(extra, ())}
        return [name for name in self.fields if name in self.map.fields | made]

    def with_options(self, encoding: str | None, constants: Mapping[str, str], *, ignore: bool) -> Reading:
        """The same with what the command line states; it counts more than the map."""
        changed = replace(
            self.map,
            encoding=encoding or self.map.encoding,
            constants={**self.map.constants, **constants},
            ignore=ignore or self.map.ignore,
        )
        return replace(self, map=changed)


def mapped(content: bytes, reading: Reading) -> list[Row]:
    """The head with our names as row 1, and every row below theirs under its own number.

    A cell that cannot be read as the map says is left as it stands; whoever checks the message names it. Raises
    InvalidCsv where the table is none, lacks a column or has rows of another width, InvalidMap for a field that such
    messages do not have.
    """
    table = reading.map
    _require_fields(reading)
    numbered = rows(decode(content, table.encoding), table.separator)
    number, head = _head(numbered, table)
    places = _places(number, head, table)
    found, names = [(1, reading.names)], reading.names
    for at, row in _whole(numbered, len(head)):
        texts = {name: c.clean(row[place]) for name, place in places.items()}
        if not any(texts[name] in skipped for name, skipped in table.skip.items()):
            filled = reading.finish(_fields(texts, table))
            found.append((at, [filled.get(name, "") for name in names]))
    return found


def _whole(numbered: Iterator[Row], width: int) -> list[Row]:
    """The rows, each as wide as the head. Raises InvalidCsv naming all that are not."""
    found = [(number, fitted(cells, width)) for number, cells in numbered]
    wrong = [(number, f"{len(cells)} cells, the head has {width}") for number, cells in found if len(cells) != width]
    if not wrong:
        return found
    more = f" (and {len(wrong) - 1} more rows)" if len(wrong) > 1 else ""
    first, said = wrong[0]
    errors = [{"path": "", "row": number, "message": f"row {number} has {text}"} for number, text in wrong[:MAX_LISTED]]
    raise InvalidCsv(f"row {first} has {said}{more}", row=first, errors=errors)


def _require_fields(reading: Reading) -> None:
    known = {*reading.fields, *reading.extra}
    for name in sorted(reading.map.fields | set(reading.map.words)):
        if name not in known:
            raise InvalidMap(f"there is no field {name[:40]!r} here", hint=f"fields are {', '.join(sorted(known))}")


def _head(numbered: Iterator[Row], table: TableMap) -> Row:
    for number, names in numbered:
        if table.head is None or number >= table.head:
            while names and not names[-1].strip():
                names = names[:-1]
            return number, [name.strip() for name in names]
    raise InvalidCsv("the table has no head row", row=table.head or 1)


def _places(number: int, head: Sequence[str], table: TableMap) -> dict[str, int]:
    """Where the columns stand that the map names. Raises InvalidCsv for one that is not there, twice, or not named."""
    wanted = {name for names in table.columns.values() for name in names if not name.startswith(OWN)} | set(table.skip)
    shown = ", ".join(head)[:400]
    for name in sorted(wanted):
        if head.count(name) != 1:
            how = "twice" if name in head else "not"
            raise InvalidCsv(f"the column {name[:40]!r} stands {how} in the head: {shown}", row=number)
    others = [name for name in head if name not in wanted]
    if others and not table.ignore:
        named = ", ".join(repr(name[:40]) for name in others[:_SHOWN_NAMES])
        hint = '--ignore-columns, or other_columns = "ignore" in the map\'s [table]'
        raise InvalidCsv(f"the map has no field for {named}", hint=hint, row=number)
    return {name: head.index(name) for name in wanted}


def _fields(texts: Mapping[str, str], table: TableMap) -> dict[str, str]:
    """Our fields of a row; an empty cell is the map's constant, if it has one."""
    found: dict[str, str] = dict(table.constants)
    for name, columns in table.columns.items():
        if name != _ID:
            text = _joined(name, [texts[column] for column in columns])
            found |= {name: text} if text else {}
    found = {name: _converted(name, text, table) for name, text in found.items()}
    parts = [
        found.get(one.removeprefix(OWN), "") if one.startswith(OWN) else texts[one]
        for one in table.columns.get(_ID, ())
    ]
    return found | ({_ID: c.identifier(_joined(_ID, parts))} if any(parts) else {})


def _joined(name: str, parts: Sequence[str]) -> str:
    return _JOINED_BY.get(name, " ").join(part for part in parts if part)


def _converted(name: str, text: str, table: TableMap) -> str:
    text = table.words.get(name, {}).get(text, text)
    if name in _NUMBERS:
        return c.whole(text, table.numbers)
    if name == _AT:
        return c.moment(text, table.times)
    return c.day(text, table.times) if name == _EXPIRY else text
