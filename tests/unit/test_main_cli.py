"""The command line itself: its version, and a name that is none."""

from __future__ import annotations

from importlib import metadata

import pytest
from typer.testing import CliRunner

from liveledger_cli.main import COMMANDS, assemble


def test_it_tells_its_version() -> None:
    found = CliRunner().invoke(assemble(["--version"]), ["--version"])
    assert (found.exit_code, found.stdout) == (0, f"liveledger {metadata.version('liveledger')}\n")


@pytest.mark.parametrize("line", [["stok"], ["--verison"], []])
def test_what_it_does_not_know_is_a_usage_error(line: list[str]) -> None:
    assert CliRunner().invoke(assemble(line), line).exit_code == 2


def test_help_lists_every_command() -> None:
    found = CliRunner().invoke(assemble(["--help"]), ["--help"])
    assert found.exit_code == 0
    listed = {line.removeprefix("│").split()[0] for line in found.stdout.splitlines() if line[:3].strip("│ ")}
    assert set(COMMANDS) <= listed
