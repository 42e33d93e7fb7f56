"""More lots than a bundle has room for, on a real validator: each page is proven, the command line adds them up."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from liveledger.bindings import stock_ledger
from liveledger.chain.accounts.accounts import load_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.verifier.refusal import Refusal
from liveledger.verifier.times import Time
from liveledger.verifier.views.stock import MAX_LOTS
from liveledger_cli.common.verified_queries import Checked
from liveledger_cli.stock.pages import require_time
from tests.api.ledger import CODES, WAREHOUSE, RunningApi, run_verify

pytestmark = pytest.mark.network
LOTS = MAX_LOTS + 8


@pytest.fixture(scope="module")
def api(api: RunningApi) -> RunningApi:
    """A brand whose first SKU has goods of a lot of each page, and some without a lot."""
    register(api)
    for number, lot in enumerate(("", "L-1", f"L-{LOTS}")):
        more = {"lot": lot} if lot else {}
        message = api.movement(f"lots-{number}", "receive", 100 + number, to=WAREHOUSE, **more)
        assert api.http.post("/movements", json=message).status_code == 202
        api.final(f"lots-{number}")
    return api


def register(api: RunningApi) -> None:
    """As many lots of the first SKU, by its brand."""
    ledger, outbox = api.ledger, open_outbox(api.ledger)
    address = ledger.manifest.address("StockLedger")
    asked = stock_ledger.SkuByCode(api.brand, CODES[0]).calldata()
    sku = int.from_bytes(ledger.execution.call(address, asked, final_height(ledger)))
    codes = [f"L-{number}" for number in range(1, LOTS + 1)]
    call = stock_ledger.RegisterLots(sku, codes, [0] * LOTS)
    Sender(ledger, load_account(ledger.home, api.label), outbox).run("lots", address, call.calldata())
    outbox.close()


def test_the_sum_is_over_all_pages(api: RunningApi, tmp_path: Path) -> None:
    file = tmp_path / "stock.json"
    asked = ("stock", "show", str(api.brand), CODES[0], WAREHOUSE)
    shown = json.loads(api.cli(*asked, "--proof", str(file), "--json").stdout)
    assert (shown["answer"]["count"], shown["answer"]["available"]) == (str(LOTS + 1), "303")
    assert [entry["lot"] for entry in shown["answer"]["by_lot"]] == ["0", "1", str(LOTS)]
    assert [verdict["verdict"] for verdict in shown["verdicts"]] == ["proven", "proven"]
    assert len({verdict["block"] for verdict in shown["verdicts"]}) == 1
    assert "303" in api.cli(*asked, "--no-proof").stdout
    for first, bundle in ((0, file), (MAX_LOTS, tmp_path / "stock.2.json")):
        page = {"first": str(first), "limit": str(MAX_LOTS)}
        parameters = {"brand": str(api.brand), "sku": CODES[0], "place": WAREHOUSE, **page}
        question = tmp_path / "question.json"
        question.write_text(json.dumps({"view": "stock-lots/3", "parameters": parameters}))
        assert run_verify(bundle, api.home.trust, question) == 0


def test_one_lot_by_its_code(api: RunningApi) -> None:
    asked = ("stock", "show", str(api.brand), CODES[0], WAREHOUSE, "--json")
    shown = json.loads(api.cli(*asked, "--lot", f"L-{LOTS}").stdout)
    assert (shown["answer"]["available"], shown["verdict"]["verdict"]) == ("102", "proven")
    bare = json.loads(api.cli(*asked, "--lot", "", "--no-proof").stdout)
    assert bare["answer"]["available"] == "100"


def test_pages_may_be_of_one_block(api: RunningApi) -> None:
    path = f"/stock/{api.brand}/{CODES[0]}/{WAREHOUSE}"
    block = api.get(path).json()["block"]["height"]
    api.net.wait_blocks(2)
    assert api.get(path, at=block, first=MAX_LOTS).json()["block"]["height"] == block
    assert api.http.get(path, params={"limit": MAX_LOTS + 1}).status_code == 400


def test_the_stock_of_a_past_second_is_proven(api: RunningApi) -> None:
    asked = ("stock", "show", str(api.brand), CODES[0], WAREHOUSE)
    before = json.loads(api.cli(*asked, "--json").stdout)
    at = int(before["verdicts"][0]["block_time"])
    assert api.http.post("/movements", json=api.movement("lots-later", "receive", 7, to=WAREHOUSE)).status_code == 202
    api.final("lots-later")
    now = json.loads(api.cli(*asked, "--json").stdout)
    assert int(now["answer"]["available"]) == int(before["answer"]["available"]) + 7
    past = json.loads(api.cli(*asked, "--at", str(at), "--json").stdout)
    assert past["answer"] == before["answer"]
    assert [verdict["block_time"] for verdict in past["verdicts"]] == [str(at)] * 2
    lot = json.loads(api.cli(*asked, "--lot", "", "--at", str(at), "--json").stdout)
    assert (lot["answer"]["available"], lot["verdict"]["block_time"]) == ("100", str(at))


def test_a_time_without_a_block_is_refused(api: RunningApi) -> None:
    path = f"/stock/{api.brand}/{CODES[0]}/{WAREHOUSE}"
    assert api.http.get(path, params={"as_of": 1_000}).status_code == 404
    assert api.http.get(path, params={"as_of": (1 << 32) - 1}).status_code == 503
    assert api.http.get(path, params={"as_of": -1}).status_code == 400


@pytest.mark.parametrize(("asked", "right"), [(99, False), (100, True), (104, True), (105, False)])
def test_the_block_of_another_time_is_refused(asked: int, right: bool) -> None:
    """The block is of second 100, the next one's header of second 105."""
    verdict = SimpleNamespace(block=9, block_time=100, header_time=Time(105))
    checked = Checked({}, {}, verdict)  # type: ignore[arg-type]
    with contextlib.nullcontext() if right else pytest.raises(Refusal, match="block 9"):
        require_time(checked, asked)
