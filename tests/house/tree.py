"""The files that we wrote, as git knows them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = (".py", ".sol", ".js", ".mjs", ".ts")
GENERATED = ("ledger_node/liveledger/bindings/",)
# Below a generated folder, but written by hand.
BY_HAND = ("bindings/codec.py", "bindings/genesis.py")


def tracked(*suffixes: str) -> list[Path]:
    """Files under version control (and new ones not ignored) with one of the suffixes."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    ours = (name for name in listing.stdout.splitlines() if not name.startswith(GENERATED) or name.endswith(BY_HAND))
    return [ROOT / name for name in ours if name.endswith(suffixes) and (ROOT / name).is_file()]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function defined in a Python file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
