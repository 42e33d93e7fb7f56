"""Programs in JavaScript that open pages in real browsers (tests/browsers/browser.js), run from Python."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.deploy.tools import need
from tests.house.tree import ROOT

NODE = ROOT / "node_modules" / ".bin" / "node"
PROGRAMS = {"chromium": "chromium", "firefox": "firefox-esr"}
BROWSERS = tuple(PROGRAMS)


def need_browser(name: str) -> None:
    """Skips the test where the browser (of ``BROWSERS``) is not installed, and says how to install it."""
    need(PROGRAMS[name], f"apt-get install {PROGRAMS[name]}")


def begin(script: Path, *arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Starts a program, whose browsers keep their files in ``folder``; it ends with this process."""
    command = ["setpriv", "--pdeathsig", "KILL", "--", str(NODE), str(script), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(folder)}, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def run(script: Path, *arguments: str, folder: Path, given: str = "", seconds: int = 240) -> str:
    """What a program wrote that was given a text; it has to end well, and in time."""
    with begin(script, *arguments, folder=folder) as process:
        try:
            out, err = process.communicate(given, timeout=seconds)
        finally:
            process.kill()
    assert process.returncode == 0, err[-4000:] or out[-4000:]
    return out
