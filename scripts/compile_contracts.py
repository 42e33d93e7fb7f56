"""Compiles contracts/ by py-solc-x with the settings of contracts/solc.json: the same bytecode as Hardhat's."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import solcx

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
SETTINGS = CONTRACTS / "solc.json"
IMPORT = re.compile(r'^import\b[^;"]*"([^"]+)"', re.MULTILINE)
OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences",
           "storageLayout", "devdoc", "userdoc"]  # fmt: skip


class CompilationFailed(Exception):
    """solc refused the sources; the message is its own."""


def compiler() -> Path:
    """The solc to run: a native one of the pinned version if there is one, else the wrapper around npm's."""
    wanted = json.loads(SETTINGS.read_text())["version"]
    native = shutil.which("solc")
    if native and str(solcx.wrapper.get_solc_version(native)) == wanted:
        return Path(native)
    return ROOT / "scripts" / "solc"


def sources(names: Iterable[str]) -> dict[str, str]:
    """Text of these sources and of what they import, by solc's source name."""
    pending = list(names)
    found: dict[str, str] = {}
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found[name] = _locate(name).read_text()
        pending += [_resolve(name, target) for target in IMPORT.findall(found[name])]
    return dict(sorted(found.items()))


def compile_contracts(folders: Sequence[str] = ()) -> dict[str, Any]:
    """Standard JSON of solc output (contracts and AST) of everything under contracts/, or only of ``folders``.

    Raises CompilationFailed with solc's message.
    """
    roots = [CONTRACTS / folder for folder in folders] or [CONTRACTS]
    names = sorted(path.relative_to(ROOT).as_posix() for root in roots for path in root.rglob("*.sol"))
    whole: dict[str, Any] = {"contracts": {}, "sources": {}}
    for settings, part in _jobs(names):
        output = _compile(settings, part)
        for kind, found in whole.items():
            found.update(output[kind])
    return whole


def _jobs(names: Sequence[str]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Settings and the sources that are compiled with them: some folders are compiled for size, not for speed."""
    configured = json.loads(SETTINGS.read_text())
    settings, smaller = configured["settings"], configured["runs"]
    usual = [name for name in names if not name.startswith(tuple(smaller))]
    if usual:
        yield settings, usual
    for prefix, runs in smaller.items():
        if part := [name for name in names if name.startswith(prefix)]:
            yield settings | {"optimizer": settings["optimizer"] | {"runs": runs}}, part


def _compile(settings: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    selection: dict[str, Any] = {name: {"*": OUTPUTS} for name in names} | {"*": {"": ["ast"]}}
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources(names).items()},
        "settings": settings | {"outputSelection": selection},
    }
    text, _, _, _ = solcx.wrapper.solc_wrapper(solc_binary=compiler(), stdin=json.dumps(request), standard_json=True)
    output: dict[str, Any] = json.loads(text)
    errors = [error["formattedMessage"] for error in output.get("errors", []) if error["severity"] == "error"]
    if errors:
        raise CompilationFailed("\n".join(errors))
    return output


def _locate(name: str) -> Path:
    return ROOT / name if name.startswith("contracts/") else ROOT / "node_modules" / name


def _resolve(importer: str, target: str) -> str:
    if not target.startswith("."):
        return target
    folder = _locate(importer).parent
    path = (folder / target).resolve()
    base = ROOT if importer.startswith("contracts/") else (ROOT / "node_modules").resolve()
    return path.relative_to(base).as_posix()


def main() -> int:
    """Compiles and prints each contract's size of runtime code in bytes."""
    try:
        output = compile_contracts(sys.argv[1:])
    except CompilationFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    for name, contracts in output["contracts"].items():
        for contract, result in contracts.items():
            size = len(result["evm"]["deployedBytecode"]["object"]) // 2
            if name.startswith("contracts/") and size > 100:
                print(f"{size:6d}  {contract}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
