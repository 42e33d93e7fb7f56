"""Runs Slither over the contracts: each finding must stand in docs/contracts-analysis.md, with why it does no harm.

The page's tables are the list of what is accepted; a row that nothing is found for any more is an error, too. Slither
has an environment of its own (scripts/slither.lock), since it needs an older web3 than the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "contracts-analysis.md"
LOCK = ROOT / "scripts" / "slither.lock"
FOLDER = ROOT / "build" / "slither"
HARDHAT = ("node_modules/.bin/node", "node_modules/hardhat/dist/src/cli.js", "build", "--no-tests", "--quiet")
ANYWHERE = "*"
_HEAD = "| detector | where | why |"
_COLUMNS = 3


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What Slither says: its detector, the place (``Contract.function``, ``Contract`` or a file), and its own words."""

    detector: str
    where: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row of the page: findings of a detector at some places, or anywhere, and why they do no harm."""

    detector: str
    places: tuple[str, ...]
    why: str

    def covers(self, finding: Finding) -> bool:
        """Whether the row is about this finding; a place without a function stands for all of its contract."""
        whole = finding.where.partition(".")[0]
        return finding.detector == self.detector and any(
            place in (ANYWHERE, finding.where, whole) for place in self.places
        )


class AnalysisFailed(Exception):
    """Slither or the compiler did not do its work; the message is its own."""


def accepted(page: str) -> list[Accepted]:
    """The rows of the page's tables of accepted findings."""
    rows, inside = [], False
    for line in page.splitlines():
        inside = line == _HEAD or (inside and line.startswith("|"))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if inside and line != _HEAD and len(cells) == _COLUMNS and set(cells[0]) != {"-"}:
            names = tuple(name.strip(" `") for name in cells[1].split(","))
            rows.append(Accepted(cells[0].strip("`"), names, cells[2]))
    return rows


def findings(report: Mapping[str, Any]) -> list[Finding]:
    """What a JSON report of Slither says. Raises AnalysisFailed where it is of a run that failed."""
    if not report.get("success"):
        raise AnalysisFailed(str(report.get("error") or "Slither gave no report"))
    found = report.get("results", {}).get("detectors", [])
    return sorted({Finding(one["check"], _place(one["elements"]), one["description"].strip()) for one in found})


def unexplained(found: Iterable[Finding], rows: Sequence[Accepted]) -> list[Finding]:
    """Findings that no row covers."""
    return [finding for finding in found if not any(row.covers(finding) for row in rows)]


def outdated(found: Sequence[Finding], rows: Iterable[Accepted]) -> Iterator[tuple[str, str]]:
    """Detector and place of what rows accept, and is not found any more."""
    for row in rows:
        for place in row.places:
            one = Accepted(row.detector, (place,), row.why)
            if not any(one.covers(finding) for finding in found):
                yield row.detector, place


def _place(elements: Sequence[Mapping[str, Any]]) -> str:
    """Of what a finding names first: the contract, with its function or variable where it is about one."""
    if not elements:
        return ANYWHERE
    names: list[str] = []
    element: Mapping[str, Any] | None = elements[0]
    while element:
        if element["type"] in ("contract", "function", "variable", "event", "struct", "enum"):
            names.insert(0, element["name"])
        element = element.get("type_specific_fields", {}).get("parent")
    # A local variable is one of its function's.
    return ".".join(names[:2]) or Path(elements[0]["source_mapping"]["filename_relative"]).name


def _run(*command: str, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | (environment or {})
    )
    if done.returncode != 0:
        raise AnalysisFailed((done.stdout + done.stderr).strip()[-4_000:])


def _slither() -> str:
    """Slither's command, from an environment that is re-created when the lock changes."""
    place, stamp = FOLDER / "environment", FOLDER / "environment.ok"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        uv = str(ROOT / ".venv" / "bin" / "uv")
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(place))
        python = str(place / "bin" / "python")
        _run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--no-deps", "-r", str(LOCK))
        stamp.write_text(digest)
    return str(place / "bin" / "slither")


def analyse() -> list[Finding]:
    """Compiles the contracts into a folder of its own and runs Slither over them. Raises AnalysisFailed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    slither, report = _slither(), FOLDER / "report.json"
    report.unlink(missing_ok=True)
    # Hardhat leaves what it said of older sources beside the new, and Slither reads all of it.
    shutil.rmtree(FOLDER / "hardhat", ignore_errors=True)
    _run(*HARDHAT, environment={"LIVELEDGER_HARDHAT_BUILD": str(FOLDER / "hardhat")})
    artifacts = str(FOLDER / "hardhat" / "artifacts")
    options = ("--ignore-compile", "--hardhat-artifacts-directory", artifacts, "--exclude-dependencies", "--fail-none")
    _run(slither, ".", "--compile-force-framework", "hardhat", *options, "--json", str(report))
    return findings(json.loads(report.read_text()))


def main() -> int:
    """Prints what is not explained and what is explained in vain; 1 when there is any."""
    rows = accepted(PAGE.read_text())
    try:
        found = analyse()
    except AnalysisFailed as failure:
        print(failure, file=sys.stderr)
        return 4
    missing, old = unexplained(found, rows), list(outdated(found, rows))
    for finding in missing:
        print(f"{finding.detector} at {finding.where}\n    {finding.text}\n")
    for detector, place in old:
        print(f"{PAGE.name} explains {detector} at {place}, which is not found")
    print(f"{len(found)} findings, {len(missing)} not explained, {len(old)} explained in vain")
    return 1 if missing or old else 0


if __name__ == "__main__":
    sys.exit(main())
