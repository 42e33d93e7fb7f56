"""Movements on a real validator: what is posted, answered, proven, parked and refused."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from liveledger.chain.outbox.outbox import State
from tests.api.ledger import CODES, NOWHERE, SHOP, WAREHOUSE, RunningApi, run_verify
from tests.api.real.stock import available, stock_path
from tests.support.network import eventually

pytestmark = pytest.mark.network


def under_way(api: RunningApi) -> int:
    """How many transactions the outbox still waits for."""
    with contextlib.closing(sqlite3.connect(api.net.home.outbox)) as outbox:
        return int(outbox.execute("SELECT count(*) FROM entry WHERE state = ?", (State.PENDING,)).fetchone()[0])


def test_movements_are_posted_once_and_stock_is_proven(api: RunningApi) -> None:
    before = available(api)
    message = api.movement("m-1", "receive", 500, to=WAREHOUSE)
    posted = api.http.post("/movements", json=message)
    assert posted.status_code == 202, posted.text
    assert posted.json()["accepted"] == 1
    again = api.http.post("/movements", json=[message])
    assert (again.json()["accepted"], again.json()["already_posted"]) == (0, 1)
    state = api.final("m-1")
    proven = api.get(stock_path(api), proof="true", at_least=state["block"]).json()
    assert int(proven["answer"]["available"]) == before + 500
    shown = json.loads(api.cli("stock", "show", str(api.brand), CODES[0], WAREHOUSE, "--json").stdout)
    assert shown["verdict"]["verdict"] == "proven"
    assert shown["answer"]["available"] == str(before + 500)


def test_movements_of_a_sku_and_batches_of_a_poster_are_listed_and_proven(api: RunningApi, tmp_path: Path) -> None:
    for name, quantity in (("l-1", 11), ("l-2", 12)):
        message = api.movement(name, "receive", quantity, to=WAREHOUSE)
        assert api.http.post("/movements", json=message).status_code == 202
        state = api.final(name)
    file = tmp_path / "movements.json"
    asked = ("stock", "movements", str(api.brand), CODES[0], "--limit", "2")
    listed = json.loads(api.cli(*asked, "--proof", str(file), "--json").stdout)
    assert listed["verdict"]["complete"]
    # The newest ones, in the order of the ledger.
    assert [entry["quantity"] for entry in listed["answer"]["movements"]] == ["11", "12"]
    numbers = [entry["index"] for entry in listed["answer"]["movements"]]
    assert numbers == [str(int(listed["answer"]["count"]) - 2), str(int(listed["answer"]["count"]) - 1)]
    assert "receive" in api.cli(*asked).stdout
    page = {"first": numbers[0], "limit": "2"}
    parameters = {"brand": str(api.brand), "sku": CODES[0], **page}
    question = tmp_path / "question.json"
    question.write_text(json.dumps({"view": "sku-movements/3", "parameters": parameters}))
    assert run_verify(file, api.home.trust, question) == 0
    batches = json.loads(api.cli("stock", "batches", state["poster"], str(state["lane"]), "--json").stdout)
    assert batches["verdict"]["complete"]
    assert batches["answer"]["batches"][-1]["block"] == state["block"]
    assert "no batches" in api.cli("stock", "batches", state["poster"], "77", expect=3).stdout
    assert "does not know" in api.cli("stock", "movements", str(api.brand), "nothing", expect=3).stdout


def test_acts_are_listed_in_words_and_proven(api: RunningApi) -> None:
    page = ("--contract", "Consortium", "--first", "1", "--limit", "2")
    listed = json.loads(api.cli("acts", "list", *page, "--json").stdout)
    assert listed["verdict"]["verdict"] == "proven"
    assert [act["index"] for act in listed["answer"]["acts"]] == ["1", "2"]
    assert "Consortium.register" in api.cli("acts", "list", *page).stdout
    assert "no acts" in api.cli("acts", "list").stdout
    api.cli("acts", "list", "--contract", "StockLedger", expect=2)


def test_a_bundle_alone_verifies_offline(api: RunningApi, tmp_path: Path) -> None:
    file = tmp_path / "stock.json"
    api.cli("stock", "show", str(api.brand), CODES[0], WAREHOUSE, "--proof", str(file))
    media = "application/vnd.liveledger.proof+json"
    response = api.http.get(stock_path(api), headers={"Accept": media})
    assert response.headers["content-type"].startswith(media)
    page = {"first": "0", "limit": "62"}
    parameters = {"brand": str(api.brand), "sku": CODES[0], "place": WAREHOUSE, **page}
    question = {"view": "stock-lots/3", "parameters": parameters}
    assert response.json()["question"] == question
    (tmp_path / "question.json").write_text(json.dumps(question))
    (tmp_path / "changed.json").write_bytes(file.read_bytes().replace(b'"held":"0"', b'"held":"1"'))
    assert run_verify(file, api.home.trust, tmp_path / "question.json") == 0
    assert run_verify(tmp_path / "changed.json", api.home.trust, tmp_path / "question.json") == 1


def test_movements_of_a_place_come_page_by_page(api: RunningApi) -> None:
    known = api.get(f"/places/{SHOP}/movements", limit=1000).json()["answer"]["movements"]
    for number in (1, 2, 3):
        posted = api.http.post("/movements", json=api.movement(f"p-{number}", "receive", number, to=SHOP))
        assert posted.status_code == 202, posted.text
        api.final(f"p-{number}")
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while cursor is not None:
        page = api.get(f"/places/{SHOP}/movements", limit=2, **cursor).json()["answer"]
        found += page["movements"]
        cursor = {"after": page["next"]} if page["next"] else None  # type: ignore[assignment]
    assert found[: len(known)] == known
    assert [(row["kind"], row["quantity"]) for row in found[len(known) :]] == [("receive", n) for n in "123"]
    assert api.http.get(f"/places/{NOWHERE}/movements").status_code == 404
    for junk in ("1-2", "1-2-3-x", "-1-2-3-4", "1-2-3-" + "9" * 30):
        refused = api.http.get(f"/places/{SHOP}/movements", params={"after": junk})
        assert refused.status_code == 400, junk


def test_movements_of_an_order_are_found(api: RunningApi) -> None:
    for number in range(3):
        order = "ORDER-7" if number != 1 else "ORDER-8"
        message = api.movement(f"paper-{number}", "receive", 1 + number, to=WAREHOUSE) | {"document": order}
        assert api.http.post("/movements", json=message).status_code == 202
        api.final(f"paper-{number}")
    page = api.http.get("/movements", params={"document": "ORDER-7", "limit": 1}).json()
    rest = api.http.get("/movements", params={"document": "ORDER-7", "limit": 5, "after": page["next"]}).json()
    found = [*page["movements"], *rest["movements"]]
    assert [(one["id"], one["state"], one["message"]["quantity"]) for one in found] == [
        ("paper-0", "final", 1),
        ("paper-2", "final", 3),
    ]
    assert (page["more"], rest["more"]) == (True, False)
    assert "paper-1  receive 2  final" in api.cli("movement", "of", "ORDER-8").stdout
    assert json.loads(api.cli("movement", "of", "ORDER-9", "--json", expect=3).stdout)["movements"] == []
    for wrong in ({}, {"document": "X", "state": "refused"}, {"document": ""}):
        assert api.http.get("/movements", params=wrong).status_code == 400, wrong


def test_an_oversell_names_the_record_and_changes_nothing(api: RunningApi) -> None:
    before = available(api)
    records = [
        api.movement("o-1", "receive", 1, to=WAREHOUSE),
        api.movement("o-2", "sell", 16_000_000, **{"from": WAREHOUSE}),
    ]
    refused = api.http.post("/movements", json=records, params={"park": "false"})
    assert refused.status_code == 409, refused.text
    assert refused.json()["path"] == "/1"
    assert refused.json()["reason"] == "StockOversell"
    assert f"{CODES[0]} at {WAREHOUSE}: the movement takes more than is available there" in refused.json()["detail"]
    assert available(api) == before
    assert api.http.get("/movements/o-1").status_code == 404
    api.net.wait_blocks(2)
    assert available(api) == before


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"sku": "NO-SUCH"}, "/0/sku"),
        ({"to": NOWHERE}, "/0/to"),
        ({"quantity": 0}, "/0/quantity"),
        ({"quantity": 1 << 24}, "/0/quantity"),
        ({"kind": "steal"}, "/0/kind"),
        ({"to": "6901234000017"}, "/0/to"),
        ({"at": "yesterday"}, "/0/at"),
    ],
)
def test_bad_movements_name_record_and_field(api: RunningApi, changes: dict[str, Any], path: str) -> None:
    message = {**api.movement("bad-1", "receive", 1, to=WAREHOUSE), **changes}
    refused = api.http.post("/movements", json=message)
    assert refused.status_code == 400, refused.text
    assert refused.json()["path"] == path
    assert api.http.get("/movements/bad-1").status_code == 404


def test_the_wrong_role_is_refused(api: RunningApi) -> None:
    message = api.movement("role-1", "receive", 1, to=WAREHOUSE)
    refused = api.http.post("/movements", json=message, params={"account": "stranger"})
    assert refused.status_code == 409
    assert refused.json()["reason"] == "ConsortiumMissingRole"
    assert "has not the role post-movements" in refused.json()["detail"]
    assert api.http.post("/movements", json=message, params={"account": "nobody"}).status_code == 404


def test_an_id_cannot_come_with_another_movement(api: RunningApi) -> None:
    assert api.http.post("/movements", json=api.movement("id-1", "receive", 1, to=WAREHOUSE)).status_code == 202
    other = api.http.post("/movements", json=api.movement("id-1", "receive", 2, to=WAREHOUSE))
    assert other.status_code == 409
    assert other.json()["path"] == "/0/id"


def test_a_sale_before_its_goods_waits_for_them(api: RunningApi) -> None:
    sale = api.movement("early-sale", "sell", 3, sku=CODES[1], **{"from": SHOP})
    posted = api.http.post("/movements", json=sale).json()
    assert (posted["accepted"], posted["parked"]) == (1, 1)
    found = api.http.get("/movements/early-sale").json()
    assert found["state"] == "parked"
    assert found["waits_for"].startswith(f"{CODES[1]} at {SHOP}: the movement takes more than is available there")
    again = api.http.post("/movements", json=sale).json()
    assert (again["accepted"], again["already_posted"], again["parked"]) == (0, 1, 0)
    goods = api.movement("late-goods", "receive", 3, sku=CODES[1], to=SHOP)
    assert api.http.post("/movements", json=goods).json()["parked"] == 0
    eventually("the sale is final", lambda: api.http.get("/movements/early-sale").json()["state"] == "final")
    assert api.http.get("/movements/early-sale").json()["waits_for"] is None


def test_a_reservation_waits_only_if_that_is_asked_for(api: RunningApi) -> None:
    ahead = [
        api.movement("early-1", "reserve", 3, sku=CODES[1], **{"from": SHOP}),
        api.movement("early-2", "ship", 3, sku=CODES[1], to=WAREHOUSE, **{"from": SHOP}),
    ]
    for parameters in ({}, {"park": "false"}):
        assert api.http.post("/movements", json=ahead[0], params=parameters).json()["reason"] == "StockOversell"
    assert api.http.post("/movements", json=ahead, params={"park": "true"}).json()["parked"] == 2
    api.http.post("/movements", json=api.movement("early-goods", "receive", 3, sku=CODES[1], to=SHOP))
    for message in ahead:
        api.final(message["id"])


def test_what_is_refused_later_is_listed_counted_and_told_again(api: RunningApi) -> None:
    sale = api.movement("doomed", "sell", 16_000_000, sku=CODES[1], **{"from": SHOP})
    assert api.http.post("/movements", json=sale).json()["parked"] == 1
    with contextlib.closing(sqlite3.connect(api.net.home.outbox, timeout=30)) as outbox, outbox:
        # Its ten minutes are over.
        outbox.execute("UPDATE message SET parked_until = 1, patience = 1 WHERE message_id = 'doomed'")
    eventually("it is refused", lambda: api.http.get("/movements/doomed").json()["state"] == "refused")
    (listed,) = api.http.get("/movements", params={"state": "refused"}).json()["refused"]
    assert (listed["id"], listed["refusal"]) == ("doomed", api.http.get("/movements/doomed").json()["refusal"])
    assert json.loads(api.cli("movement", "refused", "--json").stdout)["refused"] == [listed]
    lines = api.cli("movement", "refused").stdout
    assert "doomed  TEA-2 at 6901234000023: the movement takes more than is available there (StockOversell)" in lines
    assert "no movement" in api.cli("movement", "refused", "--after", str(listed["number"])).stdout
    assert "liveledger_movements_refused_total 1.0" in api.http.get("/metrics").text
    again = api.http.post("/movements", json=sale).json()
    assert (again["accepted"], again["already_posted"], again["refused"][0]["code"]) == (0, 0, "refused-before")
    told = api.cli("movement", "post", "-", expect=1, stdin=json.dumps(sale))
    assert "1 refused" in told.stdout
    assert api.http.get("/movements", params={"state": "final"}).status_code == 400


def test_a_dry_run_writes_nothing(api: RunningApi) -> None:
    eventually("what earlier tests posted is final", lambda: not under_way(api))
    api.net.wait_blocks(2)
    before = available(api)
    body = json.dumps(api.movement("dry-1", "receive", 16_000_000, to=WAREHOUSE))
    done = api.cli("movement", "post", "-", "--dry-run", "--json", stdin=body)
    assert json.loads(done.stdout)["accepted"] == 1
    sell = body.replace("receive", "sell").replace('"to"', '"from"')
    early = api.cli("movement", "post", "-", "--dry-run", "--json", stdin=sell)
    assert json.loads(early.stdout)["parked"] == 1
    refused = api.cli("movement", "post", "-", "--dry-run", "--no-park", expect=1, stdin=sell)
    sentence = "(rule-violation, StockOversell): row 1 (dry-1): TEA-1 at 6901234000016: the movement takes more than"
    assert sentence in refused.stderr.replace("\n", " ")
    api.net.wait_blocks(2)
    assert available(api) == before
    assert api.http.get("/movements/dry-1").status_code == 404


def test_csv_flags_and_bad_lines_of_the_command_line(api: RunningApi, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    rows = [
        "id,kind,brand,sku,from,to,quantity,at",
        f"csv-1,receive,{api.brand},{CODES[1]},,{SHOP},9,2026-11-11T12:00:00Z",
        f"csv-2,sell,{api.brand},{CODES[1]},{SHOP},,4,2026-11-11T12:01:00Z",
    ]
    file.write_text("\n".join(rows) + "\n")
    assert json.loads(api.cli("movement", "post", str(file), "--json").stdout)["accepted"] == 2
    flags = ["--kind", "sell", "--brand", str(api.brand), "--sku", CODES[1], "--from", SHOP, "--quantity", "1"]
    api.cli("movement", "post", *flags, "--id", "flag-1")
    state = api.final("flag-1")
    answer = api.get(stock_path(api, SHOP, CODES[1]), at_least=state["block"]).json()["answer"]
    assert answer["available"] == "4"
    file.write_text("\n".join([rows[0], rows[1].replace("csv-1", "csv-3").replace("receive", "steal")]))
    bad = api.cli("movement", "post", str(file), expect=2)
    assert "row 2, kind" in bad.stderr
    page = api.get(f"/stock/{api.brand}/{CODES[1]}/movements", proof="true", at_least=state["block"]).json()["answer"]
    assert [entry["kind"] for entry in page["movements"]][-3:] == ["receive", "sell", "sell"]
    place = f"/batches/{state['poster']}/{state['lane']}/{state['sequence']}/movements/{state['index']}"
    batch = api.get(place, proof="true")
    assert batch.json()["answer"]["movement"]["quantity"] == "1"
    plain = api.get(place)
    assert plain.json()["answer"] == batch.json()["answer"]
    assert plain.json()["proof"] is None
