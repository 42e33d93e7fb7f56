"""The lists of docs/lists.md on a real ledger: every command of the page, and stock that adds up to what is proven."""

from __future__ import annotations

import json
import shlex

import pytest

from liveledger.domain.gs1 import with_check_digit
from tests.api.ledger import CODES, WAREHOUSE, RunningApi
from tests.docs.blocks import blocks_of
from tests.house.tree import ROOT

pytestmark = pytest.mark.network
PAGE = ROOT / "docs/lists.md"


@pytest.fixture(scope="module")
def api(api: RunningApi) -> RunningApi:
    """The brand with some goods of its first SKU."""
    message = api.movement("lists-1", "receive", 12, to=WAREHOUSE)
    assert api.http.post("/movements", json=message).status_code == 202
    api.final("lists-1")
    return api


def test_the_commands_of_the_page_run(api: RunningApi) -> None:
    (block,) = [block for block in blocks_of(PAGE) if block.run_by]
    values = {"1": str(api.brand), "TEA-1": CODES[0], "6901234000016": WAREHOUSE}
    for line in block.script.splitlines():
        words = [values.get(word, word) for word in shlex.split(line)[1:]]
        printed = api.cli(*words).stdout
        assert printed, line
        if words[:2] in (["location", "stock"], ["stock", "list"]):
            assert "12" in printed.replace(",", " ").replace('"', " ").split(), line


def test_what_lists_say_is_what_the_ledger_has(api: RunningApi) -> None:
    cell = api.get(f"/skus/{api.brand}/{CODES[0]}/stock").json()["answer"]["entries"]
    assert [(one["location"], one["available"], one["lot"]) for one in cell] == [(WAREHOUSE, "12", "0")]
    proven = api.get(f"/stock/{api.brand}/{CODES[0]}/{WAREHOUSE}", proof="true").json()
    assert proven["answer"]["available"] == cell[0]["available"]
    there = api.get(f"/locations/{WAREHOUSE}/stock", brand=api.brand).json()["answer"]["entries"]
    assert there == cell == api.get(f"/brands/{api.brand}/stock").json()["answer"]["entries"]
    assert api.get(f"/skus/{api.brand}/{CODES[0]}").json()["answer"]["units"] == "12"
    skus = json.loads(api.cli("sku", "list", str(api.brand), "--all", "--json").stdout)["answer"]["entries"]
    brand = api.get(f"/brands/{api.brand}").json()["answer"]
    assert (brand["skus"], brand["kind"]) == (str(len(skus)), "brand")
    operator = api.get(f"/locations/{WAREHOUSE}").json()["answer"]["operator"]
    assert api.get(f"/organisations/{operator}").json()["answer"]["kind"] == "platform"
    assert api.cli("location", "show", with_check_digit("690123400009"), expect=3).stderr
