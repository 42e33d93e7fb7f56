"""Events of any shape and content, as ``liveledger item trace`` shows them: each on one line of its own making."""

from __future__ import annotations

import json

import pytest

from liveledger_cli.item.commands import line
from tests.outsiders.cases import Case, cases

POSTER = "0x" + "ab" * 20


@pytest.mark.parametrize("case", cases("trace", "cli"), ids=lambda case: case.name)
def test_an_event_is_one_line(case: Case) -> None:
    head = {"event_hash": "0x", "corrects": None, "block": "31", "time": "1796006300", "poster": POSTER}
    by = {"by": "7", "standing": "none", "withheld": []}
    shown = line({**head, **by, "event": json.loads(case.content), "names_item": True})
    who = f"{POSTER} of organisation 7 (no standing)"
    assert shown == f"block       31  2026-11-30 02:38:20Z  by {who}  {case.outcomes['cli']['line']}"
