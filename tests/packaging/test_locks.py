"""The locks are what pyproject.toml asks for: nothing is missing, nothing more is in the image than it needs."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
LOCKS = {
    "requirements.lock": [*PROJECT["project"]["dependencies"], "liveledger[dev]"],
    "requirements-runtime.lock": [*PROJECT["project"]["dependencies"], "liveledger[api,oracles,postgresql]"],
    "requirements-build.lock": PROJECT["build-system"]["requires"],
}
HINT = "run scripts/lock, then `make setup`"


def pinned(lock: str) -> dict[str, set[str]]:
    """For each package: its lines in a lock, ``name==version ; marker``, each with its hashes."""
    found = dict[str, set[str]]()
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    for entry in entries:
        name, _, rest = entry.replace("\\\n", "").partition("==")
        assert "--hash=sha256:" in rest, f"{lock}: {name} has no hash"
        found.setdefault(canonicalize_name(name), set()).add(" ".join(rest.split()))
    return found


def here(lock: str) -> dict[str, str]:
    """The version of each package that a lock installs on this machine."""
    versions = {}
    for name, entries in pinned(lock).items():
        for entry in entries:
            version, _, marker = entry.partition("--hash")[0].partition(";")
            if not marker.strip() or Requirement(f"x; {marker}").marker.evaluate():
                versions[name] = version.strip()
    return versions


def closure(lines: list[str]) -> dict[str, list[Requirement]]:
    """Everything that requirements lead to by the metadata of what is installed: each package with who asks what."""
    found, pending, seen = dict[str, list[Requirement]](), [(line, "") for line in lines], set[tuple[str, str]]()
    while pending:
        line, extra = pending.pop()
        wanted = Requirement(line)
        if (line, extra) in seen or (wanted.marker and not wanted.marker.evaluate({"extra": extra})):
            continue
        seen.add((line, extra))
        if wanted.name == "liveledger":
            pending += [(inner, "") for name in wanted.extras for inner in EXTRAS[name]]
            continue
        name = canonicalize_name(wanted.name)
        found.setdefault(name, []).append(wanted)
        pending += [(inner, asked) for inner in metadata.requires(name) or [] for asked in ("", *wanted.extras)]
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_is_asked_for_and_nothing_else(lock: str) -> None:
    versions, wanted = here(lock), closure(LOCKS[lock])
    assert versions.keys() == wanted.keys(), HINT
    for name, requirements in wanted.items():
        for requirement in requirements:
            assert requirement.specifier.contains(versions[name], prereleases=True), f"{name}: {requirement}; {HINT}"


@pytest.mark.parametrize("lock", sorted(LOCKS.keys() - {"requirements.lock"}))
def test_the_small_locks_pin_what_the_large_one_pins(lock: str) -> None:
    large = pinned("requirements.lock")
    for name, entries in pinned(lock).items():
        mine = {entry.partition(" ;")[0].partition(" --")[0] for entry in entries}
        assert mine <= {entry.partition(" ;")[0].partition(" --")[0] for entry in large[name]}, f"{name}; {HINT}"


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_a_registry(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


def test_what_only_scripts_and_tests_import_is_not_in_the_image() -> None:
    assert not here("requirements-runtime.lock").keys() & {
        "deptry",
        "jsonschema",
        "mypy",
        "pandas",
        "py-solc-x",
        "pyarrow",
        "pytest",
        "ruff",
        "setuptools",
        "uv",
        "web3",
    }


def test_the_stubs_in_the_wheel_can_be_read_by_the_protobuf_that_it_asks_for() -> None:
    """Generated code runs with the protobuf of its own version and later."""
    [asked] = [Requirement(line) for line in EXTRAS["node"] if line.startswith("protobuf")]
    stub = ROOT / "ledger_node/liveledger/consensus/_abci/tendermint/abci/types_pb2.py"
    written = re.search(r"^# Protobuf Python Version: (\S+)$", stub.read_text(), re.MULTILINE)
    assert written
    assert str(asked.specifier) == f">={written[1]}"
