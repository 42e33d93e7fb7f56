"""Capital on a real validator: computed from movements, reported, proven, and not lifted by the brand."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import load_account, load_or_create_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.domain import gs1
from liveledger.domain.movements import Kind, Movement, pack
from liveledger.index.database import index_engine
from liveledger.index.fsck import fsck
from liveledger.services.members import OrganisationDraft, Registrar
from liveledger.services.stock_health import capital_of, purchasing_frozen
from tests.api.ledger import CODES, WAREHOUSE, RunningApi, run_verify

pytestmark = pytest.mark.network
DAY = 86_400
AUDITOR_GLN = int(gs1.with_check_digit("690123410003"))


@pytest.fixture(scope="module")
def api(api: RunningApi) -> RunningApi:
    """A brand that received 100 and sold 20, with an auditor."""
    outbox = open_outbox(api.ledger)
    registrar = Registrar(Sender(api.ledger, load_account(api.home, "administrator"), outbox))
    (auditor,) = registrar.register_organisations([OrganisationDraft(OrganisationKind.AUDITOR, AUDITOR_GLN, bytes(32))])
    reporters = [(load_or_create_account(api.home, label), org, Role.REPORT)
                 for label, org in (("auditor", auditor), ("reporter", api.brand))]  # fmt: skip
    registrar.register_accounts(reporters)
    _post(api, Sender(api.ledger, load_account(api.home, "operator"), outbox))
    outbox.close()
    return api


def _post(api: RunningApi, sender: Sender) -> None:
    """Posts one batch of facts that are five days old."""
    stock = api.ledger.manifest.address("StockLedger")
    now = api.ledger.execution.block(final_height(api.ledger)).time
    sku = api.brand << 20 | 1
    then = now - 5 * DAY
    batch = [Movement(sku, Kind.RECEIVE, 0, 1, 100, then), Movement(sku, Kind.SELL, 1, 0, 20, then + 5)]
    call = stock_ledger.Post(7, 0, bytes(32), pack(batch))
    assert sender.run("batch", stock, call.calldata()).status == 1


def report(
    api: RunningApi, folder: Path, label: str, cost: int, ago: int | None = None, expect: int = 0
) -> dict[str, Any]:
    """Reports the year up to ``ago`` seconds before now, or to the newest block, at this unit cost.

    A unit brings 1,000 fen.
    """
    prices, evidence = folder / "prices.csv", folder / "evidence.json"
    prices.write_text(f"sku,unit_cost_fen,unit_revenue_fen\n{CODES[0]},{cost},1000\n")
    options = ["--prices", str(prices), "--evidence", str(evidence), "--as", label, "--json"]
    options += [] if ago is None else ["--to", str(int(time.time()) - ago)]
    api.get("/stock/health", brand=str(api.brand))
    done = api.cli("health", "report", "--brand", str(api.brand), *options, expect=expect)
    found: dict[str, Any] = json.loads(done.stdout)
    return found | {"evidence": json.loads(evidence.read_text())}


def test_reports_freeze_and_lift_and_are_proven(api: RunningApi, tmp_path: Path) -> None:
    assert not purchasing_frozen(api.ledger, api.brand, final_height(api.ledger))
    # 80 in stock at 100 fen against 20 sold at 1,000: 40 %.
    first = report(api, tmp_path, "auditor", 100, ago=3 * DAY)
    assert (first["stock_value_fen"], first["revenue_fen"], first["frozen"]) == ("8000", "20000", True)
    assert first["evidence"]["root"] == first["evidence_root"]
    own = report(api, tmp_path, "reporter", 80)
    assert (own["stock_value_fen"], own["frozen"]) == ("6400", True), "on record, and the auditors' finding stands"
    assert "auditors found more than the limit" in api.cli("health", "capital", str(api.brand)).stdout
    for label, reason in (("auditor", "HealthTooSoon"), ("stranger", "HealthNotEntitled")):
        refused = report(api, tmp_path, label, 80, ago=2 * DAY + 3_600, expect=1)
        assert refused["error"]["details"]["reason"] == reason
    second = report(api, tmp_path, "auditor", 87)
    checked = json.loads(api.cli("health", "check", str(tmp_path / "evidence.json"), "--json").stdout)
    assert (checked["report"]["index"], checked["verdict"]["verdict"]) == ("2", "proven")
    other = tmp_path / "other.json"
    other.write_text((tmp_path / "evidence.json").read_text().replace('"clock": "fact"', '"clock": "block"'))
    assert "evidence-differs" in api.cli("health", "check", str(other), "--json", expect=1).stdout
    assert (second["stock_value_fen"], second["frozen"]) == ("6960", False)
    assert capital_of(api.ledger, api.brand, final_height(api.ledger)).share_bps == 3480

    bundle, question = tmp_path / "capital.json", tmp_path / "question.json"
    shown = json.loads(api.cli("health", "capital", str(api.brand), "--proof", str(bundle), "--json").stdout)
    assert shown["verdict"]["verdict"] == "proven"
    assert [(entry["share_bps"], entry["above_limit"]) for entry in shown["answer"]["reports"]] == [
        ("4000", True),
        ("3200", False),
        ("3480", False),
    ]
    sides = shown["answer"]["sides"]
    assert (sides["auditors"]["stands"], sides["finance"], sides["brand"] is None) == (False, None, False)
    parameters = {"brand": str(api.brand), "first": "0", "limit": "100"}
    question.write_text(json.dumps({"view": "capital/3", "parameters": parameters}))
    assert run_verify(bundle, api.home.trust, question) == 0
    question.write_text(json.dumps({"view": "capital/3", "parameters": parameters | {"brand": "9"}}))
    assert run_verify(bundle, api.home.trust, question) == 1
    assert api.get("/capital/999").json()["answer"]["frozen"] is False
    newest = api.get(f"/capital/{api.brand}", limit="1", proof="true").json()
    assert ([entry["index"] for entry in newest["answer"]["reports"]], newest["answer"]["count"]) == (["2"], "3")
    assert newest["proof"]["question"]["parameters"]["first"] == "2"
    old = api.get(f"/capital/{api.brand}", first="0", limit="1", proof="true").json()["answer"]
    assert (old["frozen"], old["sides"], [entry["index"] for entry in old["reports"]]) == (None, None, ["0"])
    text = api.cli("health", "capital", str(api.brand)).stdout.splitlines()
    assert [line.split()[0] for line in text] == ["purchasing", "2", "1", "0"]
    paged = json.loads(api.cli("health", "capital", str(api.brand), "--limit", "1", "--json").stdout)
    assert [entry["index"] for entry in paged["answer"]["reports"]] == ["2"]
    oldest = api.cli("health", "capital", str(api.brand), "--first", "0", "--limit", "1").stdout.splitlines()
    assert oldest[0] == "the list goes on: its last page says whether purchasing is frozen"


def test_figures_on_the_command_line(api: RunningApi) -> None:
    shown = json.loads(api.cli("health", "stock", "--brand", str(api.brand), "--json").stdout)
    figures = shown["figures"]
    assert (figures["sell_through"]["numerator"]["value"], figures["sell_through"]["value"]) == ("20", "2000")
    assert shown["ages"]["units"]["0-30"] == "80"
    text = api.cli("health", "stock", "--brand", str(api.brand), "--place", WAREHOUSE, "--sku", CODES[0]).stdout
    assert "sell_through" in text
    assert "2000 basis points (20 / 100: units sold / opening stock + units received)" in text
    heat = api.cli("health", "heat-map", "--brand", str(api.brand)).stdout
    assert WAREHOUSE in heat
    assert "20 / 0" in heat
    api.cli("health", "stock", "--brand", str(api.brand), "--from", "yesterday", expect=2)


def test_the_index_is_the_chains(api: RunningApi) -> None:
    engine = index_engine(api.home)
    found = fsck(engine, api.ledger)
    engine.dispose()
    assert found.differences == []
    assert found.rows["capital_reports"] == 3
