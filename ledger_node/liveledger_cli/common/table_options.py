"""Options of commands that read tables of other systems: a map of columns, an encoding, what stands in no column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from liveledger.domain.errors import InvalidInput
from liveledger.messages.movements import COMES_IN, FIELDS, KINDS
from liveledger.messages.snapshots import CSV_COLUMNS
from liveledger.tables import maps
from liveledger.tables.mapping import Reading
from liveledger.tables.maps import TableMap
from liveledger_cli.common.context import read_limited

MapOption = Annotated[
    Path | None,
    typer.Option("--map", help="TOML file: columns, words, numbers and times of another system (docs/messages.md)"),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of a table, like gb18030; without it UTF-8, or by its mark")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="FIELD=VALUE that stands in no column, or in none of a row")
]
IgnoreOption = Annotated[bool, typer.Option("--ignore-columns", help="Leave out the columns that no field takes")]

_PLACE = "place"


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How a command's tables are read, as its options say; JSON and NDJSON are what they are."""

    fields: Sequence[str]
    map_file: Path | None = None
    encoding: str | None = None
    constants: Sequence[str] = ()
    ignore: bool = False
    places: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing but the encoding is stated: a table has our own columns then, and nothing else."""
        return self.map_file is None and not self.constants and not self.ignore

    def reading(self, head: Callable[[], Sequence[str]]) -> Reading:
        """The map with what is stated beside it; without a map the table's ``head`` names our fields itself.

        Raises InvalidMap, InvalidInput, NotFound.
        """
        table = self._own(head) if self.map_file is None else _map_of(self.map_file)
        reading = Reading(table, self.fields, {_PLACE: ("from", "to")} if self.places else {}, _placed)
        return reading.with_options(self.encoding, _constants(self.constants), ignore=self.ignore)

    def _own(self, head: Callable[[], Sequence[str]]) -> TableMap:
        return TableMap(columns={name: (name,) for name in head() if name in self.fields})


def movement_options(
    map_file: Path | None, encoding: str | None, constants: Sequence[str] | None, *, ignore: bool
) -> TableOptions:
    """Of movements: ``place`` in a map is the one place of a row, which goods come to or are taken from by its kind."""
    return TableOptions(FIELDS, map_file, encoding, constants or (), ignore, places=True)


def snapshot_options(
    map_file: Path | None, encoding: str | None, constants: Sequence[str] | None, *, ignore: bool
) -> TableOptions:
    """Of stock snapshots."""
    return TableOptions(CSV_COLUMNS, map_file, encoding, constants or (), ignore)


def _map_of(path: Path) -> TableMap:
    return maps.read_map(read_limited(path, maps.MAX_BYTES))


def _constants(stated: Sequence[str]) -> dict[str, str]:
    found = {}
    for one in stated:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise InvalidInput(f"{one[:40]!r} sets nothing", hint="--set FIELD=VALUE")
        found[name.strip()] = value
    return found


def _placed(fields: dict[str, str]) -> dict[str, str]:
    """A movement's fields, its one place as what its kind makes of it."""
    place = fields.get(_PLACE)
    if place is None or "kind" not in fields:
        return fields
    side = "to" if KINDS.get(fields["kind"]) in COMES_IN else "from"
    return fields if fields.get(side) else fields | {side: place}
