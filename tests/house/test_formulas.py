"""A formula stands once, below the verifier: what it imports, who imports it, and that no ratio is defined twice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from liveledger.rules.families import FAMILIES
from tests.house.tree import ROOT, tracked

LIBRARY = ROOT / "ledger_node" / "liveledger"
FORMULAS = sorted((LIBRARY / "rules").glob("*/formula*.py"))
# What a formula computes with: numbers of its own family, and words of the trade.
PURE = re.compile(r"liveledger\.(domain\.\w+|rules\.(?P<family>\w+)\.(formula\w*|terms|facts))")
VERIFIED = re.compile(r"liveledger\.(domain|verifier|rules\.\w+\.formula(_\d+)?)(\.|$)")
OUTSIDE = {"__future__", "collections", "dataclasses", "enum", "typing"}


def imports(path: Path) -> Iterator[str]:
    """Full names of what a module imports, as ``package.module.name`` is written."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FORMULAS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_formula_is_pure(path: Path) -> None:
    """No generated constant is among it: a contract's new number would change what an old view says."""
    for name in imports(path):
        if name.split(".")[0] in OUTSIDE:
            continue
        found = PURE.match(name)
        assert found, f"{path.name} imports {name}"
        assert found["family"] in (None, path.parent.name), f"{path.name} imports another family's {name}"


def test_of_the_rules_the_verifier_takes_formulas_alone() -> None:
    for path in (LIBRARY / "verifier").rglob("*.py"):
        for name in imports(path):
            assert not name.startswith("liveledger") or VERIFIED.match(name), f"{path.name} imports {name}"


def test_a_formula_belongs_to_a_family_and_has_its_vectors() -> None:
    folders = {path.parent for path in FORMULAS}
    assert {folder.name for folder in folders} <= {family.name for family in FAMILIES}
    assert all((folder / "formula.py").exists() and (folder / "vectors.json").exists() for folder in folders)


def test_the_whole_of_a_ratio_is_defined_once() -> None:
    """Beside the contracts' own, of which a test says that it is the same number."""
    defined = re.compile(r"^_?(?:WHOLE_BPS|BASIS_POINTS|WHOLE|BPS)\b.*=.*\b10_?000\b", re.MULTILINE)
    folders = ("ledger_node/", "api/liveledger_api/", "oracles/")
    found = [
        path
        for path in tracked(".py")
        if str(path.relative_to(ROOT)).startswith(folders) and defined.search(path.read_text())
    ]
    assert [path.name for path in found] == ["money.py"]
