"""What is installed: our packages and their data, and nothing called ``api`` or ``tests``."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

from setuptools import find_packages

from tests.house.tree import ROOT, tracked


def _found() -> set[str]:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    return {name for where in rules["where"] for name in find_packages(str(ROOT / where), include=rules["include"])}


def test_only_our_packages_are_installed() -> None:
    roots = {name.split(".")[0] for name in _found()}
    assert roots == {"liveledger", "liveledger_cli", "liveledger_api", "liveledger_oracles"}


def test_every_package_folder_is_found() -> None:
    found = _found()
    for where in ("ledger_node", "api", "oracles"):
        for marker in (ROOT / where).rglob("__init__.py"):
            if "_abci" in marker.parts:
                continue
            assert ".".join(marker.parent.relative_to(ROOT / where).parts) in found


def test_every_data_file_of_a_package_is_installed() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    for where in ("ledger_node", "api", "oracles"):
        for file in tracked_below(where):
            package = next(f for f in file.parents if (f / "__init__.py").is_file() or f.parent == ROOT / where)
            name = ".".join(package.relative_to(ROOT / where).parts)
            patterns = [*rules["*"], *rules.get(name, [])]
            assert any(fnmatch(str(file.relative_to(package)), pattern) for pattern in patterns), file


def tracked_below(where: str) -> list[Path]:
    """Files of the packages below ``where`` that are under version control and no modules."""
    packages = sorted((ROOT / where).glob("liveledger*"))
    return [f for f in tracked("") if f.suffix != ".py" and any(f.is_relative_to(package) for package in packages)]
