#!/usr/bin/env python3
"""Generates the Python stubs of ABCI and the remote signer's protocol.

They come from the .proto files of the CometBFT module that go.mod pins.

Nothing of it is committed: ``ledger_node/liveledger/consensus/_abci/`` is written anew when the pins or the compiler
change, and left alone otherwise.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata, resources
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "ledger_node" / "liveledger" / "node" / "pins"
TARGET = ROOT / "ledger_node" / "liveledger" / "consensus" / "_abci"
PACKAGE = "liveledger.consensus._abci"
ENTRIES = ("tendermint/abci/types.proto", "tendermint/privval/types.proto", "tendermint/types/canonical.proto")
_IMPORT = re.compile(r'^import (?:public )?"([^"]+)";', re.MULTILINE)
_OWN_IMPORT = re.compile(r"^(from|import) ((?:tendermint|gogoproto)\b)", re.MULTILINE)


def main() -> int:
    """Generates the stubs unless the stamp says that they are fresh."""
    stamp = TARGET / "stamp"
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        _open()
        return 0
    roots = [module_folder("github.com/cometbft/cometbft") / "proto", module_folder("github.com/cosmos/gogoproto")]
    with tempfile.TemporaryDirectory(dir=TARGET.parent, prefix="_abci-") as scratch:
        generate(roots, Path(scratch))
        (Path(scratch) / "stamp").write_text(wanted)
        shutil.rmtree(TARGET, ignore_errors=True)
        shutil.copytree(scratch, TARGET)
    _open()
    print(f"ABCI stubs written to {TARGET.relative_to(ROOT)}", file=sys.stderr)
    return 0


def _open() -> None:
    """A scratch folder is its maker's alone; the service that runs a node is another user (docs/deploy.md)."""
    TARGET.chmod(0o755)


def fingerprint() -> str:
    """What the stubs depend on: the pins, the compiler and this script."""
    digest = hashlib.sha256()
    for path in (PINS / "go.mod", PINS / "go.sum", Path(__file__)):
        digest.update(path.read_bytes())
    digest.update(metadata.version("grpcio-tools").encode())
    return digest.hexdigest()


def module_folder(module: str) -> Path:
    """Folder of a pinned Go module, downloaded (and checked against go.sum) when it is not in the cache yet."""
    if shutil.which("go") is None:
        raise SystemExit("Go 1.25 or later is needed: it fetches the .proto files of CometBFT that go.mod pins")
    for attempt in range(2):
        command = ["go", "list", "-m", "-f", "{{.Dir}}", module]
        folder = subprocess.run(command, cwd=PINS, capture_output=True, text=True, check=True).stdout.strip()
        if folder:
            return Path(folder)
        if attempt == 0:
            subprocess.run(["go", "mod", "download", module], cwd=PINS, check=True)
    raise SystemExit(f"the Go module {module} cannot be found; is it in {PINS / 'go.mod'}?")


def closure(roots: list[Path], entries: Sequence[str]) -> list[str]:
    """``entries`` and every .proto file that they import from the roots, in a stable order."""
    found: list[str] = []
    pending = list(entries)
    while pending:
        name = pending.pop()
        source = next((root / name for root in roots if (root / name).is_file()), None)
        if source is None or name in found:
            continue
        found.append(name)
        pending.extend(_IMPORT.findall(source.read_text()))
    return sorted(found)


def generate(roots: list[Path], target: Path) -> None:
    """Compiles the files into ``target`` as one Python package with imports of its own."""
    well_known = resources.files("grpc_tools") / "_proto"
    include = [f"-I{root}" for root in (*roots, Path(str(well_known)))]
    status = protoc.main(["protoc", *include, f"--python_out={target}", *closure(roots, ENTRIES)])
    if status != 0:
        raise SystemExit(f"protoc ended with {status}")
    for path in sorted(target.rglob("*.py")):
        path.write_text(_OWN_IMPORT.sub(rf"\1 {PACKAGE}.\2", path.read_text()))
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        (folder / "__init__.py").write_text('"""Generated; see scripts/generate_abci.py."""\n')


if __name__ == "__main__":
    sys.exit(main())
