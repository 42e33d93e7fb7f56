"""`scripts/setup` says all that a machine lacks at once, before it downloads or writes anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from liveledger_cli.doctor import commands as doctor
from tests.house.tree import ROOT

# What a bare system has; every other program is one that the machine may lack.
BARE = [
    "awk",
    "bash",
    "cat",
    "cut",
    "df",
    "dirname",
    "env",
    "grep",
    "head",
    "id",
    "mkdir",
    "printf",
    "sed",
    "sha256sum",
    "sort",
    "tail",
    "uname",
]
# Answers what set-up asks it for, and ends with 7 where set-up begins its work.
PYTHON = """
case "$1 $2" in
*version_info*) echo 3.11 ;;
*ensurepip*) exit 0 ;;
*) echo "ran python3 $*: $UV_SYSTEM_CERTS $UV_DEFAULT_INDEX" >&2; exit 7 ;;
esac"""
WHOLE = {"git": "", "make": "", "npm": "", "go": "echo go1.25.3", "python3": PYTHON}
Machine = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Runs set-up in an otherwise empty checkout, on a machine with the programs that are given and no others."""
    checkout, programs = tmp_path / "checkout", tmp_path / "bin"
    (checkout / "scripts").mkdir(parents=True)
    programs.mkdir()
    for name in ("setup", "machine.sh"):
        shutil.copy(ROOT / "scripts" / name, checkout / "scripts")
    for name in ("requirements.lock", "pyproject.toml", "package-lock.json", "package.json"):
        shutil.copy(ROOT / name, checkout)
    for name in BARE:
        found = shutil.which(name)
        assert found, name
        (programs / name).symlink_to(found)

    def run(has: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
        for name, body in has.items():
            path = programs / name
            path.unlink(missing_ok=True)
            path.write_text(f"#!/bin/bash\n{body}\n")
            path.chmod(0o755)
        before = sorted(path.relative_to(checkout) for path in checkout.rglob("*"))
        done = subprocess.run(
            [str(programs / "bash"), str(checkout / "scripts" / "setup")],
            env={"PATH": str(programs), "HOME": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert sorted(path.relative_to(checkout) for path in checkout.rglob("*")) == before, "something was written"
        return done

    return run


def test_all_that_is_missing_is_said_at_once_with_links(machine: Machine) -> None:
    done = machine({})
    assert (done.returncode, done.stdout) == (4, "")
    for thing in ("Python 3.11", "Go 1.25", "npm", "git: https://", "make: https://", "https://go.dev/dl/"):
        assert thing in done.stderr
    assert "nothing was downloaded" in done.stderr
    assert "install python3 git make npm with your system" not in done.stderr
    assert "with your system's package manager" in done.stderr


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "apt-get update && apt-get install git npm python3-venv"),
        ("dnf", "dnf install git nodejs-npm python3"),
        ("apk", "apk add git npm python3"),
    ],
)
def test_the_command_is_that_of_the_system(machine: Machine, manager: str, command: str) -> None:
    without_venv = PYTHON.replace("exit 0", "exit 1")
    present = {"make": "", "go": "echo go1.24.9", "python3": without_venv, manager: "exit 9", "id": "echo 1000"}
    done = machine(present)
    assert done.returncode == 4
    assert set(command.split()) <= set(re.split(r"\s+", done.stderr))
    assert "Go 1.25 or later (found: 1.24)" in done.stderr
    assert "modules venv and ensurepip" in done.stderr


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"go": "echo go1.9"}, "Go 1.25 or later (found: 1.9)"),
        ({"go": "exit 1"}, "Go 1.25 or later (found: none)"),
        ({"python3": "echo 3.9"}, "Python 3.11 or later (found: 3.9)"),
        ({"df": "printf 'head\\nx 1 1 2097152 1 /\\n'"}, "5 GiB of free disk for . (found: 2 GiB)"),
        ({"uname": "echo Darwin"}, "Linux (found: Darwin)"),
    ],
)
def test_what_is_too_old_or_too_small_is_named(machine: Machine, changed: dict[str, str], says: str) -> None:
    done = machine(WHOLE | changed)
    assert (done.returncode, says in done.stderr) == (4, True), done.stderr
    assert done.stderr.count("           - ") == 1


@pytest.mark.parametrize("version", ["go1.25", "go1.25rc1", "go1.30.1", "go2.0"])
def test_a_machine_that_has_everything_goes_on(machine: Machine, version: str) -> None:
    done = machine(WHOLE | {"go": f"echo {version}"})
    assert (done.returncode, "ran python3 -m venv --clear .venv" in done.stderr) == (7, True), done.stderr


def test_root_on_debian_installs_once_and_looks_again(machine: Machine, tmp_path: Path) -> None:
    log = tmp_path / "apt.log"
    apt = f"""
echo "$*" >>{log}
[ "$1" = install ] || exit 0
for name in git npm; do
    printf '#!/bin/bash\\n' >{tmp_path}/bin/$name
    {shutil.which("chmod")} 755 {tmp_path}/bin/$name
done"""
    present = {name: body for name, body in WHOLE.items() if name not in ("git", "npm")}
    done = machine(present | {"apt-get": apt, "id": "echo 0"})
    assert done.returncode == 7, done.stderr
    assert log.read_text().splitlines() == ["update -qq", "install -y -qq git npm"]
    none = {name: body for name, body in WHOLE.items() if name not in ("git", "npm", "go")}
    for gone in ("git", "npm", "go"):
        (tmp_path / "bin" / gone).unlink(missing_ok=True)
    log.unlink()
    refused = machine(none | {"apt-get": apt, "id": "echo 0"})
    assert (refused.returncode, log.exists()) == (4, False), "nothing is installed while Go has to be fetched by hand"


def test_an_installation_that_does_not_help_is_not_tried_for_ever(machine: Machine) -> None:
    present = {name: body for name, body in WHOLE.items() if name != "npm"}
    done = machine(present | {"apt-get": "exit 100", "id": "echo 0"})
    assert (done.returncode, "npm, which comes with Node.js" in done.stderr) == (4, True)


def test_certificates_and_mirrors_of_the_machine_reach_uv(machine: Machine) -> None:
    done = machine(WHOLE, PIP_INDEX_URL="https://mirror.example/simple")
    assert "ran python3 -m venv --clear .venv: true https://mirror.example/simple" in done.stderr
    help_text = subprocess.run(
        [ROOT / ".venv" / "bin" / "uv", "pip", "install", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "UV_SYSTEM_CERTS" in help_text
    assert "UV_DEFAULT_INDEX" in help_text


def test_the_doctor_asks_for_the_same_and_names_the_same_places() -> None:
    script = (ROOT / "scripts" / "machine.sh").read_text()
    needed = dict(re.findall(r"([A-Z]+)_NEEDED=([0-9.]+)", script))
    source = Path(doctor.__file__).read_text()
    assert needed == {"GO": "1.25", "PYTHON": "3.11", "GIB": str(doctor.MINIMUM_FREE_BYTES // 1024**3)}
    assert '["go", "version"], (1, 25)' in source
    assert "sys.version_info >= (3, 11)" in source
    assert set(doctor.LINKS.values()) <= set(re.findall(r"https://[^ \"]+", script))
    assert os.access(ROOT / "scripts" / "setup", os.X_OK)
