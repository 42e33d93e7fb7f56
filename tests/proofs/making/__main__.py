"""Writes all vectors and their manifest."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.proofs.making import (
    columns,
    contents,
    contents_of_reports,
    contracts,
    evidence,
    forms,
    headers,
    histories,
    kept,
    past,
    real,
    reports,
    signatures,
    spelling,
    succession,
    texts,
    traps,
    trust_2,
    trust_chains,
    validators,
    views,
)
from tests.proofs.making.form import Vector

FOLDER = Path(__file__).parent.parent / "vectors"
MODULES = (
    views,
    validators,
    headers,
    contracts,
    evidence,
    contents,
    contents_of_reports,
    reports,
    histories,
    forms,
    spelling,
    past,
    trust_2,
    succession,
    kept,
    columns,
)


def vectors() -> list[Vector]:
    """Every vector, in the order of its path."""
    found = [*real.make(), *(vector for module in MODULES for vector in module.make().found)]
    return sorted(found, key=lambda vector: vector.path)


def manifest(found: list[Vector], tables: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """How many there are of what, and their files."""
    refused = [vector.outcome["refusal"] for vector in found if "refusal" in vector.outcome]
    proven = [vector for vector in found if "verdict" in vector.outcome]
    return {
        "format": "liveledger-vectors/1",
        "proven_by_view": dict(sorted(Counter(vector.question["view"] for vector in proven).items())),
        "refused_by_step_and_code": dict(sorted(Counter(f"{one['step']} {one['code']}" for one in refused).items())),
        "tables": {name: len(rows) for name, rows in sorted(tables.items())},
        "files": [vector.path for vector in found],
    }


def rows(table: list[dict[str, Any]]) -> str:
    """A table's text: a line for each row."""
    return "[\n" + ",\n".join(json.dumps(row, sort_keys=True) for row in table) + "\n]\n"


def files() -> dict[str, str]:
    """Path and text of every file."""
    found = vectors()
    tables = {
        "ed25519.json": signatures.make(),
        "questions.json": texts.questions(),
        "anchors.json": texts.anchors(),
        "trust-chains.json": trust_chains.make(),
        "traps.json": traps.make(json.loads(next(vector.text() for vector in found if vector.path == traps.VECTOR))),
    }
    told = json.dumps(manifest(found, tables), indent=1) + "\n"
    return {
        **{vector.path: vector.text() for vector in found},
        **{name: rows(table) for name, table in tables.items()},
        "manifest.json": told,
    }


def write(folder: Path = FOLDER) -> None:
    """Writes the files, and takes away those that are no vectors any more."""
    made = files()
    for path in folder.glob("*/*.json"):
        if str(path.relative_to(folder)) not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


if __name__ == "__main__":
    write()
