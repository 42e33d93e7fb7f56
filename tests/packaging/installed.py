"""A wheel built as from a fresh clone, and environments that hold it and what its metadata asks for, nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import ROOT, tracked

UV = str(Path(sys.executable).with_name("uv"))
BUILD_SECONDS = 600
# The commands of the whole program with the exit code of their help, from inside an installation.
EVERY_HELP = """
import json, typer
from typer.testing import CliRunner
from liveledger_cli.main import whole

program, run = whole(), CliRunner()

def walk(command, path):
    yield " ".join(path), run.invoke(program, [*path, "--help"]).exit_code
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, [*path, name])

print(json.dumps(dict(walk(typer.main.get_command(program), []))))
"""


def fresh_clone(folder: Path) -> Path:
    """The files under version control alone: nothing that set-up or an earlier build made."""
    for file in [*tracked(""), *(ROOT / "ledger_node/liveledger/bindings").glob("*")]:
        if file.is_file():
            target = folder / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return folder


def build_wheel(clone: Path, target: Path, environment: Mapping[str, str] = os.environ) -> subprocess.CompletedProcess:
    """Builds the wheel of a clone into ``target``, with this environment's own build tools."""
    command = [UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(target)]
    return subprocess.run(
        [*command, str(clone)], env=environment, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel, used from a folder that is no checkout."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "venv" / "bin" / "python")

    def liveledger(self, *words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """What a command says."""
        return self.run([str(self.folder / "venv" / "bin" / "liveledger"), *words], seconds=seconds)

    def run(self, command: list[str], *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a program outside the checkout, with a home of its own."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        environment = clean | {"LIVELEDGER_HOME": str(self.folder / "home"), "COLUMNS": "300"}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )

    def packages(self) -> list[str]:
        """What is installed."""
        listing = self.run([UV, "pip", "list", "--format", "freeze", "--python", self.python])
        return [line.partition("==")[0] for line in listing.stdout.split()]


def install(folder: Path, wheel: Path, extras: str = "") -> Installation:
    """A new environment with the wheel, in the versions that the lock pins."""
    made = Installation(folder)
    lock, wanted = str(ROOT / "requirements.lock"), f"liveledger{extras} @ {wheel.as_uri()}"
    for command in (
        [UV, "venv", "--quiet", "--python", sys.executable, str(folder / "venv")],
        [UV, "pip", "install", "--quiet", "--python", made.python, "--constraints", lock, wanted],
        [UV, "pip", "check", "--python", made.python],
    ):
        done = made.run(command, seconds=BUILD_SECONDS)
        assert done.returncode == 0, done.stderr
    return made
