"""What Slither finds is explained on docs/contracts-analysis.md, and what the page explains is about our contracts."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from tests.house.tree import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import slither

LEAST_WORDS = 4
DEFINED = re.compile(r"^\s*(?:abstract contract|contract|library|interface|struct) (\w+)", re.MULTILINE)
NAMES = {name for path in (ROOT / "contracts").rglob("*.sol") for name in DEFINED.findall(path.read_text())}
ROWS = slither.accepted(slither.PAGE.read_text())


def test_every_row_is_about_a_contract_and_gives_a_reason() -> None:
    assert ROWS
    for row in ROWS:
        assert len(row.why.split()) >= LEAST_WORDS, row
        for place in row.places:
            assert place == slither.ANYWHERE or place.partition(".")[0] in NAMES, (row.detector, place)


def report(*entries: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    found = [{"check": check, "elements": elements, "description": check} for check, elements in entries]
    return {"success": True, "error": None, "results": {"detectors": found}}


CONTRACT = {"type": "contract", "name": "Till", "type_specific_fields": {}}
FUNCTION = {"type": "function", "name": "pay", "type_specific_fields": {"parent": CONTRACT}}
NODE = {"type": "node", "name": "x = 1", "type_specific_fields": {"parent": FUNCTION}}
LOCAL = {"type": "variable", "name": "x", "type_specific_fields": {"parent": FUNCTION}}
FILE = {"type": "pragma", "name": "0.8.36", "source_mapping": {"filename_relative": "contracts/a/Till.sol"}}


def test_places_of_findings() -> None:
    found = slither.findings(report(("a", [CONTRACT]), ("b", [FUNCTION]), ("c", [NODE]), ("d", [LOCAL]), ("e", [FILE])))
    assert [one.where for one in found] == ["Till", "Till.pay", "Till.pay", "Till.pay", "Till.sol"]
    assert slither.findings(report(("f", [])))[0].where == slither.ANYWHERE


def test_what_is_not_explained_and_what_is_explained_in_vain() -> None:
    found = slither.findings(report(("a", [FUNCTION]), ("b", [FUNCTION]), ("c", [NODE])))
    head = "| detector | where | why |\n|---|---|---|\n"
    page = f"{head}| `a` | `Till.pay`, `Till.take` | why so |\n| b | Till | because |\n\n| c | * | no |\n"
    rows = slither.accepted(page)
    assert [(row.detector, row.places) for row in rows] == [("a", ("Till.pay", "Till.take")), ("b", ("Till",))]
    assert [one.detector for one in slither.unexplained(found, rows)] == ["c"]
    assert list(slither.outdated(found, rows)) == [("a", "Till.take")]
    assert not slither.unexplained(found, [*rows, slither.Accepted("c", (slither.ANYWHERE,), "")])


@pytest.mark.parametrize("broken", [{}, {"success": False, "error": "no solc"}, {"success": True, "results": {}}])
def test_a_run_that_failed_is_no_clean_run(broken: dict[str, Any]) -> None:
    if broken.get("success"):
        assert slither.findings(broken) == []
    else:
        with pytest.raises(slither.AnalysisFailed):
            slither.findings(broken)
