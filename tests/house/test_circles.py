"""No circle: whoever reads a module has read all below it before, down to the one that imports nothing of ours."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.tree import ROOT, tracked

ROOTS = {"ledger_node/": ("liveledger", "liveledger_cli"), "api/": ("liveledger_api",)}
ROOTS |= {"oracles/": ("liveledger_oracles",)}


def modules() -> dict[str, str]:
    """Source of every module of the product by its name."""
    found = {}
    for folder, packages in ROOTS.items():
        for path in tracked(".py"):
            name = path.relative_to(ROOT).as_posix().removeprefix(folder).removesuffix(".py").removesuffix("/__init__")
            if path.is_relative_to(ROOT / folder) and name.split("/")[0] in packages:
                found[name.replace("/", ".")] = path.read_text()
    return found


def imported(source: str, known: dict[str, str]) -> set[str]:
    """Modules of ours that a source imports, wherever in it that stands."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & known.keys()
            if inner - known.keys():  # a name of the module itself
                found.add(node.module)
    return found & known.keys()


def order(sources: dict[str, str]) -> list[str]:
    """The modules, each behind those that it imports. Raises CycleError naming a circle."""
    return list(
        TopologicalSorter({name: imported(text, sources) - {name} for name, text in sources.items()}).static_order()
    )


def test_no_modules_import_each_other() -> None:
    assert len(order(modules())) > 700


def test_a_circle_is_found() -> None:
    with pytest.raises(CycleError):
        order({"a.b": "from a import c", "a.c": "from a.d import name", "a.d": "import a.b"})
