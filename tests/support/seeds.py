"""Seeds of tests that try by chance: other ones with each commit, the same ones again when they are asked for."""

from __future__ import annotations

import hashlib
import os
import subprocess

from tests.house.tree import ROOT

VARIABLE = "LIVELEDGER_SEED"
# What stands for the commit in a tree without one.
_SOURCES = (ROOT / "api" / "verifier_js" / "src", ROOT / "ledger_node" / "liveledger" / "verifier")


def asked_seed() -> int | None:
    """The seed that ``LIVELEDGER_SEED`` asks for, to repeat a run."""
    asked = os.environ.get(VARIABLE)
    return int(asked) if asked else None


def seed_of_the_commit() -> int:
    """``LIVELEDGER_SEED``, else 32 bits of HEAD's hash, or of the verifiers' sources where there is no git."""
    asked = asked_seed()
    if asked is not None:
        return asked
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return int((head.stdout if head.returncode == 0 else _hash_of_sources())[:8], 16)


def _hash_of_sources() -> str:
    paths = sorted(path for folder in _SOURCES for path in folder.rglob("*.[jp][sy]"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
