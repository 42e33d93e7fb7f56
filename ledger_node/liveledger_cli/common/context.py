"""Options that every command shares, and the one way to print results."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from liveledger.domain.errors import ConfigurationError, NotFound
from liveledger.domain.plain import field as field
from liveledger.domain.plain import printable as printable
from liveledger_cli.common.decimals import written

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of all ledgers [LIVELEDGER_HOME, else ~/.liveledger]")
]
JSON_VARIABLE = "LIVELEDGER_JSON"
JsonOption = Annotated[bool, typer.Option("--json", envvar=JSON_VARIABLE, help="Print one JSON object on stdout")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No messages on stderr")]

# What a spreadsheet takes for the beginning of a formula, in half and in full width (OWASP, CSV injection).
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_WHOLE_NUMBER = re.compile(r"-?[0-9]+")


class PlainConsole(Console):
    """A console on which a text is one line: what came from outside steers nothing and adds none."""

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich prints it; a text is escaped, and not broken at the terminal's width into lines of its own choice."""
        if all(isinstance(each, str) for each in objects):
            objects, options = tuple(map(printable, objects)), {"soft_wrap": True, **options}
        super().print(*objects, **options)


messages = PlainConsole(stderr=True, highlight=False, emoji=False)


@dataclass(frozen=True, slots=True)
class Output:
    """Prints a command's result: JSON when asked for, text otherwise."""

    as_json: bool = False

    def result(self, data: Mapping[str, Any], text: str | Iterable[str]) -> None:
        """Writes ``data`` as one JSON object, numbers as `decimals` says, or ``text`` to stdout: a line, or several.

        A line stays one line whatever stands in it: a line feed that a field brings is escaped like any other control.
        """
        if self.as_json:
            lines: Iterable[str] = json.dumps(written(data), ensure_ascii=False, indent=2).split("\n")
        else:
            lines = (text,) if isinstance(text, str) else text
        sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))

    def csv(self, rows: Iterable[Iterable[Any]]) -> None:
        """Writes rows as CSV (RFC 4180), each a line; None is an empty cell.

        In a cell everything that is no plain character is escaped, and one that a spreadsheet would carry out as a
        formula has an apostrophe before it.
        """
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerows([_cell(value) for value in row] for row in rows)
        sys.stdout.write(out.getvalue())

    def one_of_many(self, data: Mapping[str, Any], text: str | Iterable[str]) -> None:
        """The same for a command that goes on until it is stopped: with JSON, an object a line."""
        line = json.dumps(written(data), ensure_ascii=False)
        Output().result({}, line if self.as_json else text)


def _cell(value: Any) -> str:
    text = "" if value is None else printable(value if isinstance(value, str) else repr(value))
    return f"'{text}" if _FORMULA.match(text) and not _WHOLE_NUMBER.fullmatch(text) else text


def kebab(name: str) -> str:
    """The name of a constant, as commands write it."""
    return name.lower().replace("_", "-")


def read_limited(path: Path, limit: int) -> bytes:
    """A file's bytes, one more than ``limit`` at most: whoever reads them refuses what is over it. Raises NotFound."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}") from None


def write_out(path: Path, content: bytes) -> None:
    """Writes a file that others are to get. Raises ConfigurationError when it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}", hint="choose another --out") from None
