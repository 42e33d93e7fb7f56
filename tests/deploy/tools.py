"""Programs of the operating system that check what lies in deploy/; a test says so when one is not there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

DEPLOY = ROOT / "deploy"


def need(program: str, install: str) -> str:
    """Path of ``program``; skips the test where it is not installed, and says how to install it."""
    # Debian keeps servers out of the path of ordinary users; what comes from PyPI lies beside this Python.
    found = shutil.which(program) or shutil.which(program, path=f"{Path(sys.executable).parent}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed: {install}")
    return found


def check(*command: str | Path, cwd: Path | None = None) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
