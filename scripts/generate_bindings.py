"""Generates ledger_node/liveledger/bindings/ from the contracts. `--check` only says whether they are fresh."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from bindgen.module import Contract, render
from bindgen.names import snake
from bindgen.shared import render_constants, render_errors
from compile_contracts import ROOT, CompilationFailed, compile_contracts

BINDINGS = ROOT / "ledger_node" / "liveledger" / "bindings"
# What all families share, then each family's own.
_SHARED_CONSTANTS = ("contracts/lib/Constants.sol", "contracts/lib/CutLimits.sol")
# Contracts that another one creates for itself and runs as its own code: their functions are in that one's bindings.
PARTS = {"StockAdministration"}
HAND_WRITTEN = {"__init__.py", "codec.py", "genesis.py"}


class MissingVersion(Exception):
    """A contract does not declare `uint64 public constant VERSION`."""


def contracts_of(output: dict[str, Any]) -> list[Contract]:
    """Every contract under contracts/ that can be deployed, by name. Raises MissingVersion."""
    found = []
    for source, contracts in output["contracts"].items():
        kinds = {node.get("name"): node for node in output["sources"][source]["ast"]["nodes"]}
        for name, result in contracts.items():
            node = kinds[name]
            if source.startswith("contracts/") and node["contractKind"] == "contract" and not node["abstract"]:
                found.append(_contract(name, node, result))
    return sorted(found, key=lambda contract: contract.name)


def constants_of(output: dict[str, Any]) -> list[str]:
    """The sources that hold constants for both sides: what all families share, then Constants.sol of each family."""
    own = [name for name in sorted(output["sources"]) if re.fullmatch(r"contracts/.+/Constants\.sol", name)]
    return [*_SHARED_CONSTANTS, *(name for name in own if name not in _SHARED_CONSTANTS)]


def files_of(output: dict[str, Any]) -> dict[str, str]:
    """Text of every generated file by its name, from the compiler's output. Raises MissingVersion."""
    contracts = [contract for contract in contracts_of(output) if contract.name not in PARTS]
    files = {
        "constants.py": render_constants([output["sources"][name]["ast"] for name in constants_of(output)]),
        "errors.py": render_errors(contracts),
    }
    for contract in contracts:
        files[f"{snake(contract.name)}.py"] = render(contract)
    files = {name: _formatted(text) for name, text in files.items()}
    return files | {f"{snake(contract.name)}.json": _artifact(contract) for contract in contracts}


def stale(files: dict[str, str]) -> list[str]:
    """Names of generated files that differ from what lies there, are missing or should not be there."""
    there = {path.name for path in BINDINGS.iterdir() if path.suffix in {".py", ".json"}} - HAND_WRITTEN
    differing = {name for name, text in files.items() if name in there and (BINDINGS / name).read_text() != text}
    return sorted(differing | (there ^ files.keys()))


def main() -> int:
    """Writes the files, or checks them; exit code 1 when they are stale or the contracts do not compile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when something is stale")
    parser.add_argument("folders", nargs="*", help="only these folders of contracts/")
    options = parser.parse_args()
    try:
        files = files_of(compile_contracts(options.folders))
    except (CompilationFailed, MissingVersion) as failure:
        print(failure, file=sys.stderr)
        return 1
    names = stale(files)
    if options.check:
        print("\n".join(names) or "fresh")
        return 1 if names else 0
    for name in names:
        _write(BINDINGS / name, files.get(name))
    print("\n".join(names) or "nothing changed")
    return 0


def _contract(name: str, node: dict[str, Any], result: dict[str, Any]) -> Contract:
    users = result["userdoc"]
    notices = {text: entry["notice"] for text, entry in users.get("methods", {}).items() if "notice" in entry}
    notices |= {text: entry["notice"] for text, entry in users.get("events", {}).items() if "notice" in entry}
    return Contract(
        name=name,
        version=_version(name, node),
        title=result["devdoc"].get("title", name),
        abi=result["abi"],
        creation_code=result["evm"]["bytecode"]["object"],
        runtime_code=result["evm"]["deployedBytecode"]["object"],
        notices=notices,
    )


def _version(name: str, node: dict[str, Any]) -> int:
    for member in node["nodes"]:
        if member["nodeType"] == "VariableDeclaration" and member["name"] == "VERSION":
            return int(member["value"]["value"])
    raise MissingVersion(f"{name} declares no `uint64 public constant VERSION`")


def _artifact(contract: Contract) -> str:
    data = {"abi": contract.abi, "creation_code": contract.creation_code, "runtime_code": contract.runtime_code}
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def _formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--line-length", "120", "--isolated", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def _write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
