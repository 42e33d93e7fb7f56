"""What the repository says of its own files: which are generated, and under which licence they are."""

from __future__ import annotations

import re
import subprocess
import tomllib

from liveledger.node.binaries import PROGRAMS, pinned_versions, pins_folder
from tests.house.tree import ROOT

BINDINGS = "ledger_node/liveledger/bindings"
BY_HAND = {"__init__.py", "codec.py", "genesis.py"}


def generated(*names: str) -> dict[str, bool]:
    """Whether git marks files as generated."""
    command = ["git", "check-attr", "linguist-generated", "--", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {line.split(": ")[0]: line.endswith(": set") for line in done.stdout.splitlines()}


def test_generated_files_are_marked_and_no_others() -> None:
    names = [f"{BINDINGS}/{file.name}" for file in (ROOT / BINDINGS).glob("*.*")]
    locks = [file.name for file in ROOT.glob("*.lock")]
    marked = generated(*names, *locks, "package-lock.json", "pyproject.toml", "README.md")
    unmarked = {name for name, is_generated in marked.items() if not is_generated}
    assert unmarked == {*(f"{BINDINGS}/{name}" for name in BY_HAND), "pyproject.toml", "README.md"}


def test_the_notice_names_the_engines_that_are_pinned() -> None:
    notice = (ROOT / "NOTICE").read_text()
    for program, version in pinned_versions(pins_folder()).items():
        address = re.escape(f"https://{PROGRAMS[program][0]}/tree/{version} ")
        assert re.search(address, notice), program


def test_the_package_names_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert all((ROOT / name).is_file() for name in project["license-files"])
    assert "Apache License\n" in (ROOT / "LICENSE").read_text()
