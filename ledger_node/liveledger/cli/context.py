"""Options that every command shares, and the one way to print results."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from liveledger.domain.errors import ConfigurationError, NotFound
from liveledger.domain.home import DEFAULT_LEDGER, LedgerHome

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of all ledgers (LIVELEDGER_HOME, ~/.liveledger)")
]
LedgerOption = Annotated[str, typer.Option("--ledger", help="Name of the ledger")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No messages on stderr")]

_STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
messages = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Output:
    """Prints a command's result: JSON when asked for, text otherwise."""

    as_json: bool = False

    def result(self, data: Any, text: str) -> None:
        """Writes ``data`` as JSON or ``text`` to stdout, without control characters."""
        shown = json.dumps(data, ensure_ascii=False, indent=2) if self.as_json else text
        sys.stdout.write(printable(shown) + "\n")


def printable(text: str) -> str:
    r"""``text`` with every control character but the line feed, and every change of direction, as ``\uXXXX``.

    Answers and bundles are written by others: what they hold must not steer a terminal. In JSON the escapes stand
    inside strings only and mean the same characters.
    """
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def find_home(home: Path | None, ledger: str = DEFAULT_LEDGER) -> LedgerHome:
    """The ledger's home from the two common options."""
    return LedgerHome.find(ledger, home)


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
