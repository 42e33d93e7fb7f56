"""The whole command line as a tree, for tests that hold for every command, and commands run in the tests' process.

    done = liveledger("member", "list", "--json", home=net.home)
    assert done.returncode == 0, done.stderr

A process of its own takes a second of a core until it has loaded what it needs: only where the process itself is what
is tested (its terminal, its signals, what it loads) does a test start one.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from unittest.mock import patch

import structlog
from typer.main import get_command

from liveledger.domain.home import LedgerHome
from liveledger_cli import main
from liveledger_cli.main import whole

Path = tuple[str, ...]


def command_line() -> Any:
    """All commands, re-created: what a test changes in them stays its own."""
    return get_command(whole())


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


def liveledger(*arguments: str, home: LedgerHome, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the program's own entry point on a ledger in this process: what it prints, and its exit code.

    Not for commands that stay (they take signals), ask at a terminal, or start what outlives them.
    """
    words = ["liveledger", *arguments, "--home", str(home.root), "--ledger", home.name]
    typed = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    out, err, code, logging = io.StringIO(), io.StringIO(), 0, structlog.get_config()
    streams = patch.object(sys, "argv", words), patch.object(sys, "stdin", typed)
    with streams[0], streams[1], redirect_stdout(out), redirect_stderr(err):
        try:
            main.app()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            structlog.configure(**logging)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
