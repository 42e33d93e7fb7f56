"""The README's commands exist and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from liveledger_cli.main import assemble
from tests.house.tree import ROOT
from tests.support.commands import run

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"`(?:\$ )?(?:\.venv/bin/)?liveledger (?:--(?:ledger|node|as) \S+ )?([a-z-]+)(?: ([a-z-]+))?")
TARGET = re.compile(r"`make ([a-z-]+)`|^make ([a-z-]+)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def _groups() -> set[tuple[str, str]]:
    return {match for page in PAGES for match in COMMAND.findall(page.read_text())}


def test_every_make_target_exists() -> None:
    targets = {a or b for page in PAGES for a, b in TARGET.findall(page.read_text())}
    defined = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= targets
    assert targets <= defined


@pytest.mark.parametrize("group", sorted({first for first, _ in _groups()}))
def test_every_command_exists(group: str) -> None:
    code, text = run(get_command(assemble([group])), group, "--help")
    assert (code, "Usage: liveledger" in text) == (0, True), text


def test_the_program_is_installed() -> None:
    program = str(Path(sys.executable).with_name("liveledger"))
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_links_lead_to_files() -> None:
    missing = [
        f"{page.name}: {link}"
        for page in PAGES
        for link in LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    ]
    assert not missing
