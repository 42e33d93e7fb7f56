"""What a brand lets another organisation do, as the API of a real validator shows it."""

from __future__ import annotations

import pytest

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.rpc.finality import final_height
from tests.api.ledger import OPERATOR_GLN, RunningApi

pytestmark = pytest.mark.network


def test_an_approval_is_shown(api: RunningApi) -> None:
    asked = consortium.OrganisationByGln(OPERATOR_GLN).calldata()
    block = final_height(api.ledger)
    operator = int.from_bytes(api.ledger.execution.call(CONSORTIUM_ADDRESS, asked, block))
    shown = api.get(f"/approvals/{api.brand}/{operator}").json()
    assert shown["proof"] is None
    assert int(shown["block"]["height"]) >= block
    assert shown["answer"] == {
        "brand": str(api.brand),
        "operator": str(operator),
        "approved": True,
        "acts": ["move", "plan", "order", "register-lots"],
        "until": None,
        "places": None,
        "skus": None,
        "next": None,
    }
    here = f"/approvals/{api.brand}/{operator}"
    assert api.get(f"{here}?limit=1&after=sku-9").json()["answer"] == shown["answer"]
    for query in ("after=sku", "after=word-1", "after=place--1", "after=sku-99999999", "limit=0", "limit=1001"):
        assert api.http.get(f"{here}?{query}").status_code == 400
    assert api.http.get(f"/approvals/{operator}/{api.brand}").status_code == 404
    for junk in ("0/1", "1/4096", "x/1", "1/-1"):
        assert api.http.get(f"/approvals/{junk}").status_code in {400, 404}
