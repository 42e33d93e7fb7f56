"""What a module of the product imports, and what those import in turn, read from the sources."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house.tree import ROOT

OURS = {
    "liveledger": "ledger_node",
    "liveledger_cli": "ledger_node",
    "liveledger_api": "api",
    "liveledger_oracles": "oracles",
}


def foreign(modules: Iterable[str], *, late: bool) -> set[str]:
    """Packages of others that modules lead to; ``late`` counts what is imported inside functions, too."""
    seen, pending, found = set[str](), list(modules), set[str]()
    while pending:
        name = pending.pop()
        root = name.partition(".")[0]
        if root not in OURS:
            found |= {root} - sys.stdlib_module_names
        elif name not in seen:
            seen.add(name)
            pending.extend(_imports(name, late))
    return found


def of_function(module: str, function: str) -> set[str]:
    """Modules that a function of a module imports when it is called; all of the module when it is no function."""
    file = _file(module)
    assert file is not None
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return {name for inner in _nodes(node, late=True) for name in _names(inner)}
    return {module}


def _file(module: str) -> Path | None:
    path = ROOT / OURS[module.partition(".")[0]] / Path(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@functools.cache
def _imports(module: str, late: bool) -> frozenset[str]:
    """Modules (and, where a name is none, the module that it is in) that a module's source names."""
    file = _file(module)
    if file is None:
        return frozenset()
    parents = {".".join(module.split(".")[:depth]) for depth in range(1, module.count(".") + 1)}
    return frozenset(parents | {name for node in _nodes(ast.parse(file.read_text()), late) for name in _names(node)})


def _names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif node.module and not node.level:
        yield node.module
        if node.module.partition(".")[0] in OURS:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _nodes(tree: ast.AST, late: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        elif late or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _nodes(node, late)
