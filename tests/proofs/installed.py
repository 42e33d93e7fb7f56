"""The package of the verifier in JavaScript as its users get it: packed, and installed from the tarball, offline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.house.tree import ROOT

PACKAGE = ROOT / "api" / "verifier_js"
EXAMPLE = ROOT / "examples" / "verify"
NODE = ROOT / "node_modules" / ".bin" / "node"
VECTORS = ROOT / "tests" / "proofs" / "vectors"
FROM_FOLDER = "--install-links ../../api/verifier_js"
_DEPENDENCIES = ("@noble/curves", "@noble/hashes")


def environment(folder: Path) -> dict[str, str]:
    """npm with the Node that is pinned, a cache of its own and no network."""
    path = f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"
    settings = {"npm_config_cache": str(folder / "cache"), "npm_config_offline": "true", "npm_config_fund": "false"}
    quiet = {"npm_config_audit": "false", "npm_config_ignore_scripts": "true", "npm_config_update_notifier": "false"}
    return {**os.environ, "PATH": path, **settings, **quiet}


def npm(*words: str | Path, folder: Path, program: str = "npm") -> subprocess.CompletedProcess[str]:
    """Runs npm (or npx) in a folder."""
    found = shutil.which(program)
    assert found, f"{program} is not here, though set-up needs it"
    command = [found, *map(str, words)]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=120, check=False
    )


def packed(package: Path, folder: Path) -> dict[str, Any]:
    """Packs a package into a folder; ``filename``, ``integrity`` and ``files`` as npm says them."""
    done = npm("pack", "--json", "--pack-destination", folder, package, folder=folder)
    assert done.returncode == 0, done.stderr
    (said,) = json.loads(done.stdout)
    return dict(said)


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a page's commands in a folder, with no network; the first that fails ends it."""
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=240, check=False
    )


def installed(folder: Path, script: str) -> Path:
    """A copy of examples/verify, in which ``script`` was run, with the tarballs in place of the package's folder."""
    tarballs = [packed(ROOT / "node_modules" / name, folder)["filename"] for name in _DEPENDENCIES]
    tarballs.append(packed(PACKAGE, folder)["filename"])
    example = folder / "verify"
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("node_modules", "dist", "package-lock.json"))
    write_case("views/stock-2", example)
    done = shell(script.replace(FROM_FOLDER, " ".join(f"../{name}" for name in tarballs)), example)
    assert done.returncode == 0, done.stderr
    return example


def write_case(name: str, folder: Path) -> dict[str, Any]:
    """Writes bundle.json, trust.json (good for decades) and question.json of a vector; the vector."""
    vector: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text())
    (folder / "bundle.json").write_bytes(vector["bundle"].encode())
    trust = {**vector["anchor"], "valid_until": {"seconds": "4000000000", "nanos": 0}}
    (folder / "trust.json").write_text(json.dumps(trust))
    (folder / "question.json").write_text(json.dumps(vector["question"]))
    return vector
