"""What was recorded on real chains, with the moment at which it is looked at, and what comes of it later."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from liveledger.verifier import Question, TrustAnchor
from tests.proofs import foreign
from tests.proofs.making.form import FOREIGN, RECORDED, Vector, Vectors
from tests.proofs.scenario import Case

FOLDER = Path(__file__).parent.parent / "vectors" / "real"


def make() -> list[Vector]:
    """The recorded files themselves, completed, and cases made of them."""
    return [*_recorded().found, *_foreign().found]


def _recorded() -> Vectors:
    found = Vectors(RECORDED)
    for path in sorted(FOLDER.glob("*.json")):
        asked = _read(path)
        changes = len(asked.bundle["set_changes"])
        found.good(f"real/{path.stem}", f"four validators, {changes} changes of their set", asked)
    stock, later = _read(FOLDER / "stock-1.json"), {}
    time = int(stock.bundle["light_block"]["header"]["time"]["seconds"])
    later["now"] = time + 366 * 86_400
    found.bad("recorded/expired", 2, "expired-anchor", "a year and a day later", stock, **later)
    found.bad(
        "recorded/stale", 6, "stale", "an hour later, ten minutes are allowed", stock, now=time + 3_600, max_age=600
    )
    bundle = copy.deepcopy(stock.bundle)
    bundle["set_changes"].pop()
    found.bad("recorded/change-left-out", 4, "validators-hash", "the last change of the set is left out", stock, bundle)
    bundle = copy.deepcopy(stock.bundle)
    bundle["light_block"]["commit"]["signatures"][0] = None
    found.bad("recorded/two-null", 4, "power", "one was absent, and another is left out: 21 of 43 power", stock, bundle)
    return found


def _read(path: Path) -> Case:
    vector: dict[str, Any] = json.loads(path.read_text())
    anchor = TrustAnchor.parse(json.dumps(vector["anchor"]).encode())
    return Case(Question.parse(vector["question"]), anchor, json.loads(vector["bundle"]))


def _foreign() -> Vectors:
    found = Vectors(FOREIGN)
    vector = foreign.VECTORS[0]
    asked = Case(foreign.question(vector), foreign.anchor(vector), foreign.bundle(vector))
    found.good("recorded/foreign", "four validators, one block, three slots of which one is absent", asked)
    return found
