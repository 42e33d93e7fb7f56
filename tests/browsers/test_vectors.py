"""The vectors in Chromium and Firefox ESR: as many proven by view and refused by step and code as in Python and Node.

Over plain http the browsers' own cryptography is missing; the verifier does without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT
from tests.support.browsers import BROWSERS, need_browser, run
from tests.support.seeds import seed_of_the_commit

VECTORS = ROOT / "tests" / "proofs" / "vectors"
PROGRAM = ROOT / "tests" / "browsers" / "vectors.js"
VIEW_FILES = 17
Tell = Callable[[str], None]


def _seen(name: str, folder: Path, *arguments: str) -> dict[str, Any]:
    need_browser(name)
    seed = str(seed_of_the_commit())
    seen: dict[str, Any] = json.loads(run(PROGRAM, name, seed, *arguments, folder=folder, seconds=3_600))
    seen["seed"] = seed
    assert seen["failed"] == seen["faults"] == []
    return seen


@pytest.mark.e2e
@pytest.mark.parametrize("name", BROWSERS)
def test_every_vector(name: str, tmp_path: Path, tell: Tell) -> None:
    manifest = json.loads((VECTORS / "manifest.json").read_text())
    seen = _seen(name, tmp_path)
    proven, refused = seen["seen"]["proven"], seen["seen"]["refused"]
    assert proven == manifest["proven_by_view"]
    assert refused == manifest["refused_by_step_and_code"]
    assert sum(proven.values()) + sum(refused.values()) == len(manifest["files"])
    assert seen["ran"] == len(manifest["files"]) + len(manifest["tables"]) + 1
    assert seen["secure"] is False
    assert seen["views"] == len(proven)
    assert seen["loaded"] > VIEW_FILES, "the core, and a file for each family of views"
    tell(
        f"{seen['version']}: {sum(proven.values())} bundles of {len(proven)} views proven, {sum(refused.values())}"
        f" refused by {len(refused)} steps and codes, each count as in Python and Node"
        f"; {seen['changed']} changed bytes refused, half of them by one bit, half by a value of seed {seen['seed']}"
    )


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_every_byte_of_two_bundles(tmp_path: Path, tell: Tell) -> None:
    seen = _seen("chromium", tmp_path, "--every-byte")
    assert seen["changed"] > 20_000
    tell(
        f"{seen['version']}: each byte of a history and a settlement changed by one bit, and by a value from 1 to 255"
        f" (seed {seen['seed']}): {seen['changed']} changes, all refused"
    )
