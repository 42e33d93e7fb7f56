"""Every formula gives what was worked out by hand: ``rules/<family>/vectors.json``, which the contracts' tests run too.

The files belong to no language: numbers are decimal strings, each case says why its result is the right one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from liveledger import rules
from liveledger.domain.money import Bps, Fen
from liveledger.domain.returns import Grade
from liveledger.rules.accuracy import formula as accuracy
from liveledger.rules.replenishment import formula as replenishment
from liveledger.rules.replenishment.facts import Flow, Shortage, Source
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger.rules.returns import formula as returns
from liveledger.rules.settlement import formula as settlement
from liveledger.rules.stock_health import formula as stock_health

FOLDER = Path(str(rules.__file__)).parent
LARGE = 1 << 40
Case = dict[str, Any]


def numbers(case: Case, *names: str) -> list[int]:
    return [int(case[name]) for name in names]


def overstock(case: Case) -> Case:
    return {"result": settlement.overstock(*numbers(case, "received", "forecast", "sold", "returned"))}


def split(case: Case) -> Case:
    loss, ratio = numbers(case, "loss_fen", "brand_bps")
    found = settlement.split_largest_remainder(Fen(loss), Bps(ratio))
    return {"brand_fen": found.brand, "supplier_fen": found.supplier}


def deviation(case: Case) -> Case:
    return {"result": accuracy.deviation_up(*numbers(case, "difference_units", "ledger_units"))}


def agreement(case: Case) -> Case:
    return {"result": accuracy.accuracy_down(*numbers(case, "skus_matching", "skus"))}


def level(case: Case) -> Case:
    return {"result": accuracy.level_of(*numbers(case, "deviation_bps"))}


def strength(case: Case) -> Case:
    finding = accuracy.Finding(*numbers(case, "finding_skus", "finding_units", "raised_at"))
    skus, units, time = numbers(case, "skus", "ledger_units", "block_time")
    evidence = accuracy.Evidence(0, skus, units, case["audited"], decides=True, block_time=time)
    return {"wide": finding.is_as_wide(evidence), "strong": finding.is_as_strong(evidence)}


def share(case: Case) -> Case:
    found = stock_health.share_up(*numbers(case, "stock_value_fen", "revenue_fen"))
    return {"share_bps": found, "above_limit": stock_health.is_above_limit(found)}


def stale(case: Case) -> Case:
    return {"result": stock_health.is_stale(1_000, 1_000 + int(case["seconds_since_period"]))}


def stands(case: Case) -> Case:
    time = 1_000 + int(case["seconds_since_report"])
    return {"result": stock_health.stands(above=case["above"], reported_at=1_000, time=time)}


def kept(case: Case) -> Case:
    return {"result": returns.KEPT_BPS[Grade(int(case["grade"]))]}


def value(case: Case) -> Case:
    units = dict(zip(Grade, map(int, case["units"]), strict=True))
    found = returns.value_kept_down(units, Fen(int(case["unit_value_fen"])))
    return {"kept_fen": found.kept, "pot_fen": found.borne_by_pot, "supplier_fen": found.borne_by_supplier}


def score(case: Case) -> Case:
    settings = Settings(*map(int, case["weights"]), LARGE, LARGE, 1, 1_000, 9, 1, 1, 1)
    columns = ("places", "surplus", "metres", "transit_seconds", "carbon_grams")
    rows = zip(*(map(int, case[name]) for name in columns), strict=True)
    sources = [Source(place, 1, False, units, 0, 0, Way(*way)) for place, units, *way in rows]
    short = Shortage(1, 1, LARGE, LARGE, 0, Flow(), 0, 0)
    found = replenishment.best_neighbour(short, sources, settings, LARGE, int(case["least"]))
    return {"place": found.source if found else 0, "score": found.score if found else 0}


# What computes the cases of a group: the family, the group, its formula.
GROUPS: dict[tuple[str, str], Callable[[Case], Case]] = {
    ("settlement", "overstock"): overstock,
    ("settlement", "split"): split,
    ("accuracy", "deviation"): deviation,
    ("accuracy", "accuracy"): agreement,
    ("accuracy", "level"): level,
    ("accuracy", "strength"): strength,
    ("stock_health", "share"): share,
    ("stock_health", "stale"): stale,
    ("stock_health", "stands"): stands,
    ("returns", "kept"): kept,
    ("returns", "value"): value,
    ("replenishment", "score"): score,
}
FILES = {path.parent.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*/vectors.json"))}


def cases() -> Iterator[Any]:
    for family, groups in FILES.items():
        for group, rows in groups.items():
            for number, case in enumerate(rows):
                yield pytest.param(family, group, case, id=f"{family}-{group}-{number}")


@pytest.mark.parametrize(("family", "group", "case"), list(cases()))
def test_the_formula_gives_what_was_worked_out(family: str, group: str, case: Case) -> None:
    found = GROUPS[family, group](case)
    told = {name: said if isinstance(said, bool) else str(said) for name, said in found.items()}
    assert told == {name: case[name] for name in found}, case["why"]


def test_every_formula_has_vectors_and_every_group_is_run() -> None:
    assert set(FILES) == {path.parent.name for path in FOLDER.glob("*/formula.py")}
    assert {(family, group) for family, groups in FILES.items() for group in groups} == set(GROUPS)


def test_every_case_says_why_and_no_number_is_a_languages_own() -> None:
    for groups in FILES.values():
        for case in (case for rows in groups.values() for case in rows):
            assert case["why"].endswith(".")
            plain = [
                each
                for name, said in case.items()
                if name != "why"
                for each in (said if isinstance(said, list) else [said])
            ]
            assert all(isinstance(each, bool) or each.isdigit() for each in plain), case
