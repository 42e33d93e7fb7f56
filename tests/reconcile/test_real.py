"""`liveledger reconcile` and `liveledger accuracy` on a real ledger: an alarm, its correction, and a proven record."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import load_account, load_or_create_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain import gs1
from liveledger.domain.movements import Kind
from liveledger.services import cosigned
from liveledger.services.members import OrganisationDraft, Registrar
from tests.api.ledger import CODES, OPERATOR_GLN, SHOP, WAREHOUSE, RunningApi, running_api
from tests.unit.reconcile.snapshots import GTIN, table

pytestmark = pytest.mark.network
AUDITOR_GLN = int(gs1.with_check_digit("690123410004"))


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
    if "error" in found:
        return found
    (one,) = found["comparisons"]
    return dict(one)


def test_from_the_alarm_to_the_corrected_record(api: RunningApi, tmp_path: Path) -> None:
    file = str(snapshot(tmp_path, {CODES[0]: 95, CODES[1]: 50}))
    found = report(api, file, "--place", WAREHOUSE, expect=5)
    assert (found["ledger_units"], found["snapshot_units"], found["difference_units"]) == ("150", "145", "5")
    assert (found["deviation_bps"], found["accuracy_bps"], found["level"], found["alarm"]) == ("334", "5000", "1", True)
    assert [line["difference"] for line in found["lines"]] == ["5", "0"]
    refused = report(api, file, "--place", WAREHOUSE, "--record", "--as", "brand", expect=1)
    assert refused["error"]["details"]["reason"] == "ConsortiumMissingRole"
    recorded = report(api, file, "--place", WAREHOUSE, "--record", "--as", "operator", expect=5)
    block = recorded.pop("recorded")
    assert int(block) > int(found["at_block"])
    assert recorded | {"recorded": None} == found

    api.wait_answers(int(block))
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
    counted = {CODES[0]: 95, CODES[1]: 50}
    again = report(api, str(snapshot(tmp_path, counted)), "--place", WAREHOUSE, "--record", expect=1)
    assert again["error"]["details"]["reason"] == "AccuracyTooSoon", "the operator's next one is an hour later"
    label, gln = auditors_counter(api)
    file = str(snapshot(tmp_path, counted, organisation=gln))
    assert report(api, file, "--place", WAREHOUSE, "--record", "--as", label, expect=0)["level"] == "0"
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
    for recorded in ([], ["--record", "--as", "operator"]):
        # The same operator's other place: only who says which one is meant is protected, so whoever records says it.
        said = api.cli("reconcile", str(other), "--place", SHOP, *recorded, "--json", expect=2).stdout
        error = json.loads(said)["error"]
        assert (error["code"], error["details"]) == ("snapshot-wrong-place", {"row": 2, "field": "place"})
        assert error["message"] == f"row 2, place: {WAREHOUSE} is not {SHOP}"
    assert "place-not-named" in api.cli("reconcile", str(other), "--record", "--json", expect=2).stdout
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
    assert {line["code"]: line["snapshot"]["available"] for line in found["lines"]} == {CODES[0]: "40", CODES[1]: "50"}
    assert [line["code"] for line in found["lines"] if line["difference"] != "0"] == [CODES[0]]


def auditors_counter(api: RunningApi) -> tuple[str, str]:
    """Label of an account of an auditor that records, and the auditor's GLN."""
    account, outbox = load_or_create_account(api.home, "counter"), open_outbox(api.ledger)
    try:
        administrator = Registrar(Sender(api.ledger, load_account(api.home, "administrator"), outbox))
        draft = OrganisationDraft(OrganisationKind.AUDITOR, AUDITOR_GLN, bytes(32))
        (number,) = administrator.register_organisations([draft])
        administrator.register_accounts([(account, number, Role.REPORT)])
    finally:
        outbox.close()
    return "counter", gs1.gln_text(AUDITOR_GLN)


def brands_signer(api: RunningApi) -> str:
    """Label of an account of the brand that signs agreements."""
    account, outbox = load_or_create_account(api.home, "signer"), open_outbox(api.ledger)
    try:
        administrator = Registrar(Sender(api.ledger, load_account(api.home, "administrator"), outbox))
        administrator.register_accounts([(account, api.brand, Role.SIGN_AGREEMENTS)])
    finally:
        outbox.close()
    return "signer"


def counted_again(api: RunningApi, folder: Path, counted: dict[str, int], *, expect: int) -> dict[str, Any]:
    """The comparison with a new count, and what it proposes in ``corrections.ndjson``."""
    time.sleep(1)
    proposed = str(folder / "corrections.ndjson")
    return report(api, str(snapshot(folder, counted)), "--propose", proposed, expect=expect)


def adjusting(api: RunningApi, *words: str, expect: int = 0) -> dict[str, Any]:
    """What `liveledger correction adjust --json` says."""
    command = ("correction", "adjust", "--as", "operator", *words, "--json")
    found: dict[str, Any] = json.loads(api.cli(*command, expect=expect).stdout)
    return found


def test_over_the_days_limit_two_organisations_sign_the_proposal(api: RunningApi, tmp_path: Path) -> None:
    api.cli("correction", "limit", "1", "--as", brands_signer(api))
    proposed, file = tmp_path / "corrections.ndjson", tmp_path / "cosigned.json"
    counted = {CODES[0]: 70, CODES[1]: 61}
    assert counted_again(api, tmp_path, counted, expect=5)["proposed"] == 2
    messages = [json.loads(line) for line in proposed.read_text().splitlines()]
    alone = json.loads(api.cli("movement", "post", str(proposed), "--json", expect=1).stdout)
    assert alone["error"]["details"]["reason"] == "StockNeedsAgreement"

    drafted = adjusting(api, "--file", str(proposed), "--out", str(file))
    assert (drafted["possible"], drafted["signed_by"]) == (True, None)
    assert drafted["reason"] == f"count differs from the ledger ({messages[0]['document']})"
    batch = cosigned.read(file.read_bytes())
    movements = [(one.movement.kind, one.movement.quantity) for one in batch.corrections]
    assert movements == [(Kind[one["kind"].upper()], one["quantity"]) for one in messages]
    assert "not signed" in api.cli("correction", "post", str(file), "--as", "operator", "--json", expect=2).stdout
    signed = json.loads(api.cli("correction", "sign", str(file), "--as", "signer", "--json").stdout)
    assert (signed["possible"], signed["changes"]) == (True, drafted["changes"])
    posted = json.loads(api.cli("correction", "post", str(file), "--as", "operator", "--json").stdout)
    assert posted["movements"] == "2"
    (listed,) = json.loads(api.cli("correction", "list", "--json").stdout)["corrections"]
    assert (listed["block"], listed["signer"]) == (posted["block"], signed["signed_by"])

    assert counted_again(api, tmp_path, counted, expect=0)["difference_units"] == "0"
    assert proposed.read_bytes() == b""
    assert "no messages" in str(adjusting(api, "--file", str(proposed), "--out", str(file), expect=2))
    api.cli("fsck", "--quiet")


def test_what_the_ledger_does_not_know_or_has_already_is_refused(api: RunningApi, tmp_path: Path) -> None:
    file, out = tmp_path / "corrections.ndjson", ("--out", str(tmp_path / "cosigned.json"))
    found = api.movement("f-1", "found", 2, to=WAREHOUSE, document="count-7", reason="count")
    for other, said in (
        ({"id": "f-2", "sku": "NO-SUCH"}, "row 2, sku: the ledger knows no SKU 'NO-SUCH'"),
        ({"id": "in-0"}, "'in-0' was posted already"),
    ):
        file.write_text(json.dumps(found) + "\n" + json.dumps(found | other))
        assert said in adjusting(api, "--file", str(file), *out, expect=2)["error"]["message"]
    assert not (tmp_path / "cosigned.json").exists()
