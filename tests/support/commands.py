"""The whole command line as a tree, for tests that hold for every command."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

from liveledger.cli.main import assemble
from typer.main import get_command

Path = tuple[str, ...]


def command_line() -> Any:
    """All commands, made anew: what a test changes in them stays its own."""
    return get_command(assemble([]))


def walk(command: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """A command or group with all that is below it, each with the words that call it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, (*path, name))


def leaves(root: Any) -> dict[Path, Any]:
    """The commands that do something, by the words that call them."""
    return {path: command for path, command in walk(root) if not hasattr(command, "commands")}


def parameter(command: Any, name: str) -> Any:
    """The option or argument of that name, None where the command has none."""
    return next((one for one in command.params if name in one.opts), None)


def run(root: Any, *arguments: str) -> tuple[int, str]:
    """Exit code and stdout of a command line in this process. Raises what the command raises."""
    out = io.StringIO()
    with redirect_stdout(out):
        try:
            root.main([*arguments], prog_name="liveledger")
        except SystemExit as end:
            return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()
