"""Returns through the API and the command line on a real validator: graded, carried out, closed, listed with proof."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.ledger import CODES, NOWHERE, WAREHOUSE, RunningApi, run_verify
from tests.support.network import eventually

pytestmark = pytest.mark.network


def come_back(api: RunningApi, message_id: str, quantity: int, sku: str = CODES[0]) -> None:
    """Goods of a SKU come back to the warehouse."""
    message = api.movement(message_id, "return", quantity, sku=sku, to=WAREHOUSE)
    assert api.http.post("/movements", json=message).status_code == 202
    api.final(message_id)


def entry(api: RunningApi, grade: str, quantity: int, **changes: Any) -> dict[str, Any]:
    """An entry of the first SKU."""
    return {"brand": api.brand, "sku": CODES[0], "place": WAREHOUSE, "quantity": quantity, "grade": grade} | changes


def movements_of(file: Path) -> str:
    """What `returns movements` writes; it needs no ledger."""
    command = [sys.executable, "-m", "liveledger_cli.main", "returns", "movements", str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def settled(api: RunningApi, message_id: str) -> dict[str, Any]:
    """The message's state once it is not only acknowledged any more."""
    path = f"/returns/messages/{message_id}"
    eventually(f"{message_id} is final", lambda: api.http.get(path).json()["state"] != "acknowledged", 30.0)
    return dict(api.http.get(path).json())


def test_from_the_return_to_the_proven_list(api: RunningApi, tmp_path: Path) -> None:
    come_back(api, "back-1", 10)
    file = tmp_path / "graded.json"
    file.write_text(json.dumps({"id": "rma-1", "entries": [entry(api, "B", 7), entry(api, "D", 3)]}))
    assert "2 entries would be graded" in api.cli("returns", "grade", str(file), "--dry-run").stdout
    graded = json.loads(api.cli("returns", "grade", str(file), "--json").stdout)
    assert (graded["state"], graded["act"], graded["entries"]) == ("final", "graded", 2)
    again = json.loads(api.cli("returns", "grade", str(file), "--json").stdout)
    assert again == graded

    lines = movements_of(file)
    assert [json.loads(line)["kind"] for line in lines.splitlines()] == ["restock", "scrap"]
    api.cli("movement", "post", "-", stdin=lines)
    api.final("rma-1/1")
    closed = json.loads(api.cli("returns", "close", str(file), "--id", "rma-1-done", "--json").stdout)
    assert closed["act"] == "closed"

    bundle, question = tmp_path / "bundle.json", tmp_path / "question.json"

    def listed() -> dict[str, Any]:
        done = api.cli("returns", "list", str(api.brand), CODES[0], "--proof", str(bundle), "--json")
        return dict(json.loads(done.stdout))

    eventually("the closing is verifiable", lambda: listed()["answer"]["count"] == "4", 30.0)
    found = listed()
    assert found["verdict"]["verdict"] == "proven"
    assert found["answer"]["graded"] == {"a": "0", "b": "7", "c": "0", "d": "3"}
    acts = [(e["act"], e["grade"], e["quantity"]) for e in found["answer"]["entries"]]
    assert acts == [("graded", "b", "7"), ("graded", "d", "3"), ("closed", "b", "7"), ("closed", "d", "3")]
    assert found["answer"]["entries"][0]["documents_root"] == graded["documents_root"]
    question.write_text(json.dumps({"view": "sku-returns/2", "parameters": {"brand": str(api.brand), "sku": CODES[0]}}))
    assert run_verify(bundle, api.home.trust, question) == 0
    changed = tmp_path / "changed.json"
    changed.write_bytes(bundle.read_bytes().replace(b'"grade":"b"', b'"grade":"a"', 1))
    assert run_verify(changed, api.home.trust, question) == 1
    table = api.cli("returns", "list", str(api.brand), CODES[0]).stdout
    assert "cumulatively graded: A 0  B 7  C 0  D 3" in table


def test_what_is_not_there_is_not_graded(api: RunningApi) -> None:
    come_back(api, "back-2", 2, CODES[1])
    rows = [entry(api, "A", 2, sku=CODES[1]), entry(api, "A", 1, sku=CODES[1])]
    refused = api.http.post("/returns", json={"id": "rma-2", "entries": rows})
    assert refused.status_code == 409, refused.text
    assert (refused.json()["reason"], refused.json()["entry"]) == ("ReturnsNotHeld", 1)
    assert api.http.get("/returns/messages/rma-2").status_code == 404
    taken = api.http.post("/returns", json={"id": "rma-2", "entries": rows[:1]})
    assert taken.status_code == 202, taken.text
    assert settled(api, "rma-2")["state"] == "final"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"sku": "NO-SUCH"}, 404, "unknown-goods"),
        ({"place": NOWHERE}, 404, "unknown-goods"),
        ({"lot": "NONE"}, 404, "unknown-goods"),
        ({"grade": "E"}, 400, "invalid-return"),
        ({"quantity": 0}, 400, "invalid-return"),
    ],
)
def test_bad_entries_are_named(api: RunningApi, changes: dict[str, Any], status: int, code: str) -> None:
    refused = api.http.post("/returns", json={"id": "bad-1", "entries": [entry(api, "A", 1) | changes]})
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert api.http.get("/returns/messages/bad-1").status_code == 404


def test_an_account_without_the_role_grades_nothing(api: RunningApi) -> None:
    body = {"id": "stranger-1", "entries": [entry(api, "A", 1)]}
    refused = api.http.post("/returns", json=body, params={"account": "stranger"})
    assert (refused.status_code, refused.json()["reason"]) == (409, "ConsortiumMissingRole")


def test_lists_of_the_index_and_unknown_skus(api: RunningApi) -> None:
    come_back(api, "back-3", 1, CODES[1])
    taken = api.http.post("/returns", json={"id": "rma-3", "entries": [entry(api, "C", 1, sku=CODES[1])]})
    assert taken.status_code == 202, taken.text
    block = int(settled(api, "rma-3")["block"])
    eventually("the index has it", lambda: api.http.get("/health/ready").json() and _index(api) >= block, 30.0)
    rows = api.http.get("/returns", params={"brand": api.brand, "after_block": block - 1}).json()["answer"]["entries"]
    assert [(row["sku"], row["grade"], row["block"]) for row in rows] == [
        (str(api.brand << 20 | 2), "c", str(block)),
    ]
    assert api.http.get("/returns", params={"brand": api.brand, "after_block": block}).json()["answer"] == {
        "entries": [],
        "next": None,
    }
    first = api.http.get("/returns", params={"brand": api.brand, "limit": 1}).json()["answer"]
    second = api.http.get("/returns", params={"brand": api.brand, "limit": 1, "after": first["next"]}).json()["answer"]
    assert second["entries"] != first["entries"]
    assert api.http.get("/returns", params={"brand": api.brand, "after": "1.2"}).status_code == 400
    api.cli("returns", "list", str(api.brand), "NO-SUCH", expect=3)
    assert api.get(f"/returns/{api.brand}/NO-SUCH").status_code == 404
    page = api.get(f"/returns/{api.brand}/{CODES[1]}", first="0", limit="1").json()["answer"]
    assert ([row["index"] for row in page["entries"]], page["graded"] is None) == (["0"], page["count"] != "1")
    lines = api.cli("returns", "list", str(api.brand), CODES[0], "--limit", "1").stdout.splitlines()
    assert lines[-1] == "the list goes on: its last page has the cumulatively graded units"


def test_index_and_chain_agree(api: RunningApi) -> None:
    api.cli("fsck")


def _index(api: RunningApi) -> int:
    return int(api.http.get("/returns", params={"brand": api.brand}).json()["block"]["height"])
