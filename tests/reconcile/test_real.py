"""`liveledger reconcile` and `liveledger accuracy` on a real ledger: an alarm, its correction, and a proven record."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from liveledger.domain import gs1

from tests.api.ledger import CODES, OPERATOR_GLN, SHOP, WAREHOUSE, RunningApi, running_api
from tests.unit.reconcile.snapshots import GTIN, table

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """One ledger with 100 of the first SKU and 50 of the second in the warehouse."""
    with running_api(tmp_path_factory.mktemp("reconcile")) as running:
        for number, (code, quantity) in enumerate(zip(CODES, (100, 50), strict=True)):
            message = running.movement(f"in-{number}", "receive", quantity, to=WAREHOUSE, sku=code)
            posted = running.http.post("/movements", json=message)
            assert posted.status_code == 202, posted.text
        for number in range(2):
            running.final(f"in-{number}")
        yield running


def snapshot(folder: Path, counted: dict[str, int], **changes: Any) -> Path:
    """A count of now, as a warehouse system writes it."""
    at = datetime.fromtimestamp(int(time.time()), UTC).isoformat()
    rows = [
        {
            "message_id": f"wms-{code}-{at}",
            "source_system": "wms",
            "organisation": gs1.gln_text(OPERATOR_GLN),
            "sku_code": code,
            "gtin": GTIN,
            "place": WAREHOUSE,
            "channel": "all",
            "quantity": quantity,
            "available": quantity,
            "reserved": 0,
            "lot": "",
            "lot_expiry": "",
            "observed_at": at,
        }
        | changes
        for code, quantity in counted.items()
    ]
    path = folder / "snapshot.csv"
    path.write_bytes(table(rows))
    return path


def report(api: RunningApi, *arguments: str, expect: int) -> dict[str, Any]:
    """What `liveledger reconcile --json` says."""
    found: dict[str, Any] = json.loads(api.cli("reconcile", *arguments, "--json", expect=expect).stdout)
    return found


def test_from_the_alarm_to_the_corrected_record(api: RunningApi, tmp_path: Path) -> None:
    file = str(snapshot(tmp_path, {CODES[0]: 95, CODES[1]: 50}))
    found = report(api, file, "--place", WAREHOUSE, expect=5)
    assert (found["ledger_units"], found["snapshot_units"], found["difference_units"]) == (150, 145, 5)
    assert (found["deviation_bps"], found["accuracy_bps"], found["level"], found["alarm"]) == (334, 5000, 1, True)
    assert [line["difference"] for line in found["lines"]] == [5, 0]
    refused = report(api, file, "--record", "--as", "brand", expect=1)
    assert refused["error"]["details"]["reason"] == "ConsortiumMissingRole"
    recorded = report(api, file, "--record", "--as", "operator", expect=5)
    block = recorded.pop("recorded")
    assert block > found["at_block"]
    assert recorded | {"recorded": None} == found

    api.wait_answers(block)
    shown = json.loads(api.cli("accuracy", WAREHOUSE, "--json").stdout)
    assert shown["verdict"]["verdict"] == "proven"
    latest = shown["answer"]["latest"]
    assert (latest["level"], latest["deviation_bps"], latest["accuracy_bps"]) == ("1", "334", "5000")
    assert shown["answer"]["records"][0]["snapshot_root"] == found["snapshot_root"]
    overall = json.loads(api.cli("accuracy", "--json").stdout)["answer"]["all"]
    assert (overall["accuracy_bps"], overall["goal_met"]) == ("5000", False)
    assert f'liveledger_accuracy_level{{place="{WAREHOUSE}"}} 1.0' in api.http.get("/metrics").text
    assert "snapshot-not-newer" in api.cli("reconcile", file, "--json", expect=2).stdout

    time.sleep(1)
    file = str(snapshot(tmp_path, {CODES[0]: 95, CODES[1]: 50}))
    proposed = tmp_path / "corrections.ndjson"
    assert report(api, file, "--propose", str(proposed), expect=5)["proposed"] == 1
    posted = json.loads(api.cli("movement", "post", str(proposed), "--json").stdout)
    assert posted["accepted"] == 1
    api.final(json.loads(proposed.read_text())["id"])
    time.sleep(1)
    file = str(snapshot(tmp_path, {CODES[0]: 95, CODES[1]: 50}))
    assert report(api, file, "--record", "--as", "operator", expect=0)["level"] == 0
    assert "goal 99.90 %: met" in api.cli("accuracy").stdout
    newest = api.get(f"/accuracy/{WAREHOUSE}", limit="1").json()["answer"]
    assert ([record["sequence"] for record in newest["records"]], newest["count"]) == (["1"], "2")
    shown = json.loads(api.cli("accuracy", WAREHOUSE, "--limit", "1", "--json").stdout)
    assert [record["sequence"] for record in shown["answer"]["records"]] == ["1"]
    assert shown["verdict"]["verdict"] == "proven"
    lines = api.cli("accuracy", WAREHOUSE).stdout.splitlines()
    assert lines[0] > lines[1], "newest first"
    assert f'liveledger_accuracy_age_seconds{{place="{WAREHOUSE}"}}' in api.http.get("/metrics").text
    assert "2 comparisons, in order, none left out" in api.cli("accuracy", WAREHOUSE).stderr
    api.cli("fsck", "--quiet")


def test_what_is_refused_says_why(api: RunningApi, tmp_path: Path) -> None:
    wrong = snapshot(tmp_path, {CODES[0]: 1}, sku_code="NO-SUCH")
    assert "snapshot-unknown-sku" in api.cli("reconcile", str(wrong), "--json", expect=2).stdout
    other = snapshot(tmp_path, {CODES[0]: 1})
    assert "snapshot-wrong-place" in api.cli("reconcile", str(other), "--place", SHOP, "--json", expect=2).stdout
    api.cli("reconcile", str(tmp_path / "nothing.csv"), expect=3)
    api.cli("reconcile", str(other), "--every", "300", "--once", expect=2)
    api.cli("accuracy", SHOP, expect=3)
    assert api.http.get(f"/accuracy/{SHOP}").status_code == 404
    assert api.http.get("/accuracy/123").status_code == 400


def test_what_was_posted_to_the_api_is_compared(api: RunningApi) -> None:
    api.cli("reconcile", "--posted", "--place", SHOP, expect=3)
    api.cli("reconcile", "--posted", expect=2)
    at = datetime.fromtimestamp(int(time.time()), UTC).isoformat()
    rows = [
        {"id": f"posted-{code}-{at}", "source": "wms", "organisation": gs1.gln_text(OPERATOR_GLN), "sku": code}
        | {"gtin": GTIN, "place": WAREHOUSE, "channel": "all", "quantity": units, "available": units, "reserved": 0}
        | {"lot": None, "at": at}
        for code, units in ((CODES[0], 40), (CODES[1], 50))
    ]
    posted = api.http.post("/snapshots", json=rows)
    assert (posted.status_code, posted.json()["accepted"]) == (201, 2), posted.text
    found = report(api, "--posted", "--place", WAREHOUSE, expect=5)
    assert {line["code"]: line["snapshot"]["available"] for line in found["lines"]} == {CODES[0]: 40, CODES[1]: 50}
    assert [line["code"] for line in found["lines"] if line["difference"]] == [CODES[0]]
