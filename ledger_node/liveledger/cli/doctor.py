"""``liveledger doctor``: what this machine has, in which version, and what to do about what is missing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import typer

from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, find_home

COMMAND_SECONDS = 20
MINIMUM_FREE_BYTES = 5 * 1024**3
_VERSION = re.compile(r"(\d+(?:\.\d+)+)")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: ``version`` is what was found, ``needed`` what the product asks for."""

    name: str
    ok: bool
    required: bool
    version: str
    needed: str
    hint: str


def doctor(home: HomeOption = None, ledger: LedgerOption = "main", as_json: JsonOption = False) -> None:
    """Say what is here, which version, and what to do about what is missing (exit 1 if that is something required)."""
    checks = run_checks(find_home(home, ledger).root)
    healthy = all(check.ok for check in checks if check.required)
    Output(as_json).result({"ok": healthy, "checks": [asdict(check) for check in checks]}, map(_line, checks))
    if not healthy:
        raise typer.Exit(1)


def run_checks(home: Path) -> list[Check]:
    """All checks of this machine; none of them changes anything."""
    return [
        _python(),
        _program("go", ["go", "version"], (1, 25), hint="install Go 1.25 or later: it builds both engines"),
        _program("make", ["make", "--version"], (3, 81), hint="apt-get install make"),
        _program("git", ["git", "--version"], (2, 0), hint="apt-get install git"),
        _program(
            "node", [_local_node(), "--version"], (22, 13), hint="run `make setup`: Node comes with the node modules"
        ),
        *_engines(),
        *(_distribution(name) for name in ("web3", "fastapi", "xgboost-cpu", "py-solc-x")),
        _folder(home),
        _disk(home),
        *_optional_programs(),
    ]


def _python() -> Check:
    return Check(
        "python", sys.version_info >= (3, 11), True, platform.python_version(), "≥ 3.11", "install Python 3.11 or later"
    )


def _local_node() -> str:
    local = Path("node_modules/.bin/node")
    return str(local) if local.exists() else "node"


def _program(name: str, command: Sequence[str], needed: tuple[int, ...], *, hint: str, required: bool = True) -> Check:
    version = _first_version(command)
    ok = version is not None and tuple(int(part) for part in version.split(".")) >= needed
    return Check(name, ok, required, version or "not found", "≥ " + ".".join(map(str, needed)), hint)


def _first_version(command: Sequence[str]) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout + done.stderr)
    return found.group(1) if found else None


def _engines() -> list[Check]:
    from liveledger.engine.binaries import embedded_version, engine_folder, pinned_versions, pins_folder

    pins = pins_folder()
    folder, hint = engine_folder(pins, os.environ), "run `liveledger engine build`"
    checks = []
    for program, needed in pinned_versions(pins).items():
        found = embedded_version(folder / program)[1] if (folder / program).is_file() else "not found"
        checks.append(Check(program, found == needed, True, found, needed, hint))
    return checks


def _distribution(name: str) -> Check:
    try:
        return Check(name, True, True, metadata.version(name), "as locked", "")
    except metadata.PackageNotFoundError:
        return Check(name, False, True, "not found", "as locked", "run `make setup`")


def _folder(home: Path) -> Check:
    present = next(folder for folder in [home, *home.parents] if folder.exists())
    ok = os.access(present, os.W_OK)
    return Check("home folder", ok, True, str(home), "writable", f"make {present} writable or set LIVELEDGER_HOME")


def _disk(home: Path) -> Check:
    present = next(folder for folder in [home, *home.parents] if folder.exists())
    free = shutil.disk_usage(present).free
    return Check(
        "free disk", free >= MINIMUM_FREE_BYTES, True, f"{free / 1024**3:.1f} GiB", "≥ 5 GiB", "free some disk space"
    )


def _optional_programs() -> list[Check]:
    why = "only some tests and features need it: "
    wanted: list[tuple[str, list[str], tuple[int, ...], str]] = [
        (
            "unshare",
            ["unshare", "--version"],
            (2, 0),
            "apt-get install util-linux (proves that verifying needs no network)",
        ),
        (
            "ip",
            ["ip", "-V"],
            (4, 0),
            "apt-get install iproute2 (tests of a network of several hosts)",
        ),
        (
            "py-spy",
            [str(Path(sys.executable).with_name("py-spy")), "--version"],
            (0, 4),
            "run `make setup` (profiling)",
        ),
    ]
    return [_program(name, command, needed, hint=why + hint, required=False) for name, command, needed, hint in wanted]


def _line(check: Check) -> str:
    mark = "ok     " if check.ok else ("MISSING" if check.required else "absent ")
    tail = "" if check.ok else f"  → {check.hint}"
    return f"{mark} {check.name:<14} {check.version} (needs {check.needed}){tail}"
