"""The verifier in JavaScript, written from the pages alone, says of every vector what the file says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.support.seeds import VARIABLE, seed_of_the_commit

NODE = ROOT / "node_modules" / ".bin" / "node"
PACKAGE = ROOT / "api" / "verifier_js"
VECTORS = ROOT / "tests" / "proofs" / "vectors"


def test_vectors(tell: Callable[[str], None]) -> None:
    command = [NODE, "--test", "--test-reporter=tap", *sorted((PACKAGE / "test").glob("*.test.js"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    failed = re.findall(r"^not ok .*", done.stdout, re.MULTILINE)
    assert done.returncode == 0, "\n".join(failed) or done.stderr
    (counted,) = re.findall(r"^# counted (.*)$", done.stdout, re.MULTILINE)
    manifest, counts = json.loads((VECTORS / "manifest.json").read_text()), json.loads(counted)
    assert counts["proven"] == manifest["proven_by_view"]
    assert counts["refused"] == manifest["refused_by_step_and_code"]
    proven, refused = (sum(counts[name].values()) for name in ("proven", "refused"))
    assert proven + refused == len(manifest["files"])
    tell(f"JavaScript: {proven} bundles of {len(counts['proven'])} views proven, {refused} refused, as in Python")
    tell(f"JavaScript, proven by view: {_listed(counts['proven'])}")
    tell(f"JavaScript, refused by step and code: {_listed(counts['refused'])}")
    for one in re.findall(r"^# changed (.*)$", done.stdout, re.MULTILINE):
        tell(f"JavaScript, all refused: {one}")
    (sizes,) = re.findall(r"^# sizes (.*)$", done.stdout, re.MULTILINE)
    tell(f"JavaScript: {sizes}")


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_every_byte(tell: Callable[[str], None]) -> None:
    only = ("--test-reporter=tap", "--test-name-pattern=changed byte")
    command = [NODE, "--test", *only, PACKAGE / "test" / "verify.test.js"]
    environment = {**_environment(), "LIVELEDGER_EVERY_BYTE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout
    changed = re.findall(r"^# changed (.*)$", done.stdout, re.MULTILINE)
    assert len(changed) == 3
    for one in changed:
        tell(f"JavaScript, all refused: {one}")


def _environment() -> dict[str, str]:
    """With the seed of this commit, by which bytes are changed."""
    return {**os.environ, VARIABLE: str(seed_of_the_commit())}


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


@pytest.mark.parametrize("name", ["views/stock-2.json", "age/stale.json"])
def test_command_line(name: str, tmp_path: Path) -> None:
    vector = json.loads((VECTORS / name).read_text())
    (tmp_path / "bundle.json").write_bytes(vector["bundle"].encode())
    trust = {**vector["anchor"], "valid_until": {"seconds": "4000000000", "nanos": 0}}
    (tmp_path / "trust.json").write_text(json.dumps(trust, indent=1))
    command = [NODE, PACKAGE / "bin" / "liveledger-verify.js", "bundle.json", "--trust", "trust.json", "--json"]
    asked = ["--question", json.dumps(vector["question"])]
    limit = ["--max-age", "600"] if "refusal" in vector else []
    done = subprocess.run([*command, *asked, *limit], cwd=tmp_path, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    if "refusal" in vector:
        assert done.returncode == 1
        assert said["refusal"]["code"] == "stale"
    else:
        assert done.returncode == 0
        assert said["answer"] == vector["verdict"]["answer"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 2
