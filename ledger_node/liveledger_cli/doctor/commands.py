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

import liveledger
from liveledger.domain.home import LedgerHome
from liveledger_cli.common.extras import installation, missing
from liveledger_cli.common.ledger_context import LedgerContext

COMMAND_SECONDS = 20
MINIMUM_FREE_BYTES = 5 * 1024**3
# What each extra is for; without the first, this machine verifies answers and keeps no ledger.
PARTS = {"node": "nodes and members", "api": "the API", "oracles": "forecasts and MQTT", "postgresql": "PostgreSQL"}
# Where what is missing comes from: the same links as scripts/machine.sh names before anything is installed.
LINKS = {
    "python": "https://www.python.org/downloads/",
    "go": "https://go.dev/dl/",
    "make": "https://www.gnu.org/software/make/",
    "git": "https://git-scm.com/downloads",
    "npm": "https://nodejs.org/en/download",
}
_PIN = re.compile(r"^([\w.-]+)==([^ ]+)", re.MULTILINE)
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


def doctor(here: LedgerContext) -> None:
    """Say what is here, which version, and what to do about what is missing (exit 1 if that is something required)."""
    where = here.home
    checks = [*run_checks(where.root), *_login(where)]
    healthy = all(check.ok for check in checks if check.required)
    here.output.result({"ok": healthy, "checks": [asdict(check) for check in checks]}, map(_line, checks))
    if not healthy:
        raise typer.Exit(1)


def run_checks(home: Path) -> list[Check]:
    """All checks of this installation; none of them changes anything. A checkout is asked for more than a wheel."""
    checkout = checkout_folder()
    node = checkout is not None or not missing("node")
    checks = [_python(), *(_extra(name, required=checkout is not None) for name in PARTS)]
    if checkout is not None:
        checks += [_as_locked(checkout / "requirements.lock"), *_of_a_checkout(checkout)]
    if node:
        engines = _engines()
        checks += [_go(required=not all(check.ok for check in engines)), *engines, _stubs()]
    return [*checks, _folder(home, required=node), _disk(home, required=node), *_optional_programs()]


def _login(home: LedgerHome) -> list[Check]:
    """Whether callers of the ledger's API log in; nothing where there is no ledger, or no API to start."""
    if not home.network.exists() or missing("api"):
        return []
    from liveledger_api.settings import NO_LOGIN, ApiSettings

    needed = ApiSettings(root=home.root, ledger=home.name).needs_login()
    found = "on" if needed else NO_LOGIN
    hint = (
        "for a ledger of your own machine that is as meant; else `liveledger api stop`, `liveledger api start --login`"
    )
    return [Check("API login", needed, False, found, "on", hint)]


def checkout_folder() -> Path | None:
    """The root of the clone that this runs from; None when it was installed from a wheel."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "scripts" / "setup").is_file() else None


def _python() -> Check:
    hint = f"install Python 3.11 or later: {LINKS['python']}"
    return Check("python", sys.version_info >= (3, 11), True, platform.python_version(), "≥ 3.11", hint)


def _extra(name: str, *, required: bool) -> Check:
    absent = missing(name)
    found = f"without {', '.join(absent)}" if absent else "installed"
    hint = "run `make setup`" if required else installation(name)
    return Check(f"extra {name}", not absent, required, found, f"its packages, for {PARTS[name]}", hint)


def _of_a_checkout(checkout: Path) -> list[Check]:
    local = checkout / "node_modules" / ".bin" / "node"
    node = str(local) if local.exists() else "node"
    return [
        _program("make", ["make", "--version"], (3, 81), hint=f"install make: {LINKS['make']}"),
        _program("git", ["git", "--version"], (2, 0), hint=f"install git: {LINKS['git']}"),
        _program(
            "node",
            [node, "--version"],
            (22, 13),
            hint=f"run `make setup`: Node comes with the node modules, by npm: {LINKS['npm']}",
        ),
        _program(
            "py-spy",
            [str(Path(sys.executable).with_name("py-spy")), "--version"],
            (0, 4),
            hint="only for profiling: run `make setup`",
            required=False,
        ),
    ]


def _go(*, required: bool) -> Check:
    hint = f"install Go 1.25 or later, with which `liveledger engine build` builds both engines: {LINKS['go']}"
    return _program("go", ["go", "version"], (1, 25), hint=hint, required=required)


def _stubs() -> Check:
    present = (Path(liveledger.__file__).parent / "consensus" / "_abci" / "stamp").is_file()
    hint = "run `make setup`" if checkout_folder() else "install LiveLedger again, from a wheel that `make wheel` made"
    return Check("ABCI stubs", present, True, "generated" if present else "not found", "generated", hint)


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
    from liveledger.node.binaries import embedded_version, engine_folder, pinned_versions, pins_folder

    pins = pins_folder()
    folder, hint = engine_folder(pins, os.environ), "run `liveledger engine build`"
    checks = []
    for program, needed in pinned_versions(pins).items():
        found = embedded_version(folder / program)[1] if (folder / program).is_file() else "not found"
        checks.append(Check(program, found == needed, True, found, needed, hint))
    return checks


def _as_locked(lock: Path) -> Check:
    """Whether what is installed are the versions that the lock pins."""
    pins: dict[str, set[str]] = {}
    for name, version in _PIN.findall(lock.read_text()):
        pins.setdefault(name, set()).add(version)
    installed = {name: _installed_version(name) for name in pins}
    other = sorted(f"{name} {found}" for name, found in installed.items() if found and found not in pins[name])
    count = sum(found is not None for found in installed.values())
    version = f"other versions: {', '.join(other)}" if other else f"{count} packages"
    return Check("lock", not other, True, version, "as in requirements.lock", "run `make setup`")


def _installed_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _folder(home: Path, *, required: bool) -> Check:
    present = next(folder for folder in [home, *home.parents] if folder.exists())
    ok = os.access(present, os.W_OK)
    return Check("home folder", ok, required, str(home), "writable", f"make {present} writable or set LIVELEDGER_HOME")


def _disk(home: Path, *, required: bool) -> Check:
    present = next(folder for folder in [home, *home.parents] if folder.exists())
    free = shutil.disk_usage(present).free
    return Check(
        "free disk",
        free >= MINIMUM_FREE_BYTES,
        required,
        f"{free / 1024**3:.1f} GiB",
        "≥ 5 GiB",
        "free some disk space",
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
    ]
    return [_program(name, command, needed, hint=why + hint, required=False) for name, command, needed, hint in wanted]


def _line(check: Check) -> str:
    mark = "ok     " if check.ok else ("MISSING" if check.required else "absent ")
    tail = "" if check.ok else f"  → {check.hint}"
    return f"{mark} {check.name:<14} {check.version} (needs {check.needed}){tail}"
