"""The API on a real validator: what is written, what is answered, what is proven, and what is refused."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.chain.outbox.outbox import State
from tests.api import events as e
from tests.api.ledger import CODES, NOWHERE, SHOP, WAREHOUSE, RunningApi, run_verify, running_api
from tests.support.network import eventually

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """One ledger for all tests of this file."""
    with running_api(tmp_path_factory.mktemp("api")) as running:
        yield running


def stock_path(api: RunningApi, place: str = WAREHOUSE, sku: str = CODES[0]) -> str:
    """Address of a stock answer."""
    return f"/stock/{api.brand}/{sku}/{place}"


def available(api: RunningApi, place: str = WAREHOUSE) -> int:
    """What is available now, without proof."""
    return int(api.get(stock_path(api, place)).json()["answer"]["available"])


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


def test_what_is_not_there_is_proven(api: RunningApi) -> None:
    unknown = "urn:epc:id:sgtin:6901234.009999.1"
    assert api.get(f"/items/{unknown}/events").status_code == 404
    none = api.get(f"/items/{unknown}/events", proof="true")
    assert (none.status_code, none.json()["answer"]["count"]) == (200, "0")
    assert api.get(stock_path(api, NOWHERE)).status_code == 404
    zero = api.get(stock_path(api, NOWHERE, "NO-SUCH"), proof="true").json()["answer"]
    assert (zero["known_sku"], zero["known_place"], zero["available"]) == (False, False, "0")
    agreement = "0x" + "ab" * 32
    assert api.get(f"/agreements/{agreement}/settlements").status_code == 404
    assert api.get(f"/agreements/{agreement}/settlements", proof="true").json()["answer"]["known"] is False
    page = api.get(f"/agreements/{agreement}/settlements", proof="true", first="2", limit="3").json()["proof"][
        "question"
    ]
    assert (page["view"], page["parameters"]["first"], page["parameters"]["limit"]) == ("settlement/2", "2", "3")
    assert api.get(f"/feeds/{agreement}/reports", proof="true").json()["answer"]["count"] == "0"
    api.cli("stock", "show", str(api.brand), CODES[0], NOWHERE, expect=3)
    traced = api.cli("item", "trace", unknown, expect=3)
    assert "no event names this item" in traced.stdout
    assert "verified here" in traced.stderr


def test_a_proof_of_a_block_to_come_is_pending(api: RunningApi) -> None:
    height = int(api.http.get("/health/ready").json()["chain_height"])
    pending = api.http.get(stock_path(api), params={"proof": "true", "at_least": height + 100})
    assert pending.status_code == 202
    assert int(pending.headers["Retry-After"]) >= 1
    behind = api.http.get(stock_path(api), params={"at_least": height + 100})
    assert behind.status_code == 503


def test_an_item_is_traced_with_its_documents(api: RunningApi) -> None:
    response = api.http.post("/capture", json=e.document(e.OBJECT, e.AGGREGATION, e.SENSED))
    assert response.status_code == 202
    path = response.headers["Location"]
    eventually(
        "all events are anchored",
        lambda: [event["state"] for event in api.http.get(path).json()["events"]] == ["anchored"] * 3,
        30.0,
    )
    created = api.http.post("/events", json=e.alone(e.TRANSFORMATION, eventID="urn:uuid:77"))
    assert created.status_code == 201
    wrong = e.alone(
        e.TRANSFORMATION, eventID="urn:uuid:77", errorDeclaration={"declarationTime": "2026-11-12T00:00:00Z"}
    )
    assert api.http.post("/events", json=wrong).status_code == 201
    eventually(
        "the declaration is anchored",
        lambda: api.get(f"/items/{e.TEAPOT}/events", proof="true").json()["answer"]["count"] == "4",
        30.0,
    )
    answer = json.loads(api.cli("item", "trace", e.TEAPOT, "--json").stdout)
    assert answer["verdict"]["verdict"] == "proven"
    listed = answer["answer"]["events"]
    assert [entry["event"]["type"] for entry in listed] == [
        "ObjectEvent",
        "AggregationEvent",
        "TransformationEvent",
        "TransformationEvent",
    ]
    assert listed[3]["corrects"] == listed[2]["event_hash"]
    part = json.loads(api.cli("item", "trace", e.TEAPOT, "--first", "1", "--limit", "2", "--json").stdout)["answer"]
    assert (part["count"], part["events"]) == ("4", answer["answer"]["events"][1:3])
    assert "there are 4 events, none from number 9 on" in api.cli("item", "trace", e.TEAPOT, "--first", "9").stdout
    plain = api.get(f"/items/{e.TEAPOT}/events").json()["answer"]
    assert plain == answer["answer"]


def anchored(api: RunningApi, *events: dict[str, Any]) -> None:
    """Captures events and waits until each is anchored and can be proven."""
    path = api.http.post("/capture", json=e.document(*events)).headers["Location"]
    eventually(
        "all events are anchored",
        lambda: [event["state"] for event in api.http.get(path).json()["events"]] == ["anchored"] * len(events),
        30.0,
    )


def test_one_item_has_one_history_under_every_spelling(api: RunningApi, tmp_path: Path) -> None:
    urn, link, shop = e.SPELLINGS
    anchored(api, *e.SPELLED)
    eventually(
        "both are proven",
        lambda: api.get(f"/items/{quote(urn, safe='')}/events", proof="true").json()["answer"]["count"] == "2",
        30.0,
    )
    for spelling in (urn, link, shop, "urn:epc:id:sgtin:952123.0456789.77"):
        traced = json.loads(api.cli("item", "trace", spelling, "--json").stdout)
        assert (traced["item"], traced["verdict"]["verdict"]) == (link, "proven")
        assert [(entry["event"]["eventID"], entry["names_item"]) for entry in traced["events"]] == [
            ("urn:uuid:item-1", True),
            ("urn:uuid:item-2", True),
        ]
        assert [entry["standing"] for entry in traced["answer"]["events"]] == ["approved"] * 2
        served = api.get(f"/items/{quote(spelling, safe='')}/events", proof="true").json()
        assert served["item"] == link
        assert str(api.brand) in served["answer"]["claimed_by"]
        assert served["proof"]["format"] == "liveledger-proof/2"
    file = tmp_path / "history.json"
    api.cli("item", "trace", shop, "--proof", str(file))
    assert json.loads(file.read_bytes())["question"]["parameters"] == {"item": link}
    api.cli("item", "trace", urn, "--as-written", expect=3)
    broken = api.cli("item", "trace", link.replace("899/", "898/"), expect=2).stderr.replace("\n", " ")
    assert "its check digit is 9" in broken


def test_an_item_that_no_brand_claims_is_told_organisation_by_organisation(api: RunningApi) -> None:
    pallet = "urn:epc:id:sscc:9521234.0000000777"
    anchored(api, {**e.SPELLED[0], "eventID": "urn:uuid:pallet-1", "epcList": [pallet]})
    eventually(
        "it is proven",
        lambda: api.get(f"/items/{quote(pallet, safe='')}/events", proof="true").json()["answer"]["others"] != [],
        30.0,
    )
    traced = json.loads(api.cli("item", "trace", pallet, "--json").stdout)
    (other,) = traced["answer"]["others"]
    assert (traced["answer"]["organisation"], other["count"]) == (None, "1")
    assert [entry["event"]["eventID"] for entry in traced["events"]] == ["urn:uuid:pallet-1"]
    assert traced["lists_of_others"][0]["verdict"]["verdict"] == "proven"
    alone = json.loads(api.cli("item", "trace", pallet, "--of", other["organisation"], "--json").stdout)
    assert (alone["answer"]["count"], alone["answer"]["others"]) == ("1", None)


@settings(max_examples=50, deadline=None)
@given(
    where=st.sampled_from(
        [
            "/items/{}/events",
            "/stock/1/{}/" + WAREHOUSE,
            "/stock/1/TEA-1/{}",
            "/events/{}",
            "/batches/{}/0",
        ]
    ),
    what=st.text(min_size=1, max_size=30).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.binary(min_size=1, max_size=20),
    proof=st.sampled_from(["true", "false", "bundle", "maybe"]),
)
def test_junk_in_an_address_is_never_an_error_of_ours(api: RunningApi, where: str, what: bytes, proof: str) -> None:
    response = api.http.get(where.format(quote_from_bytes(what, safe="")), params={"proof": proof})
    assert response.status_code < 500, response.text


def test_a_stranger_cannot_capture(api: RunningApi) -> None:
    refused = api.http.post("/events", json=e.alone(e.TRANSACTION), params={"account": "stranger"})
    assert refused.status_code == 409
    assert refused.json()["reason"] == "ConsortiumMissingRole"
    assert "has not the role capture-events" in refused.json()["detail"]


def test_the_server_is_ready_and_tells_where_it_is(api: RunningApi) -> None:
    eventually("the API is ready", lambda: api.http.get("/health/ready").status_code == 200, 30.0)
    status = json.loads(api.cli("api", "status", "--json").stdout)
    assert int(status["lag_blocks"]) <= 5
    trusted = json.loads(api.home.trust.read_bytes())
    assert api.http.get("/trust", params={"height": 0}).json() == trusted
    assert api.http.get("/trust").json() == trusted
    taken = api.cli("api", "start", "--port", "1", expect=4)
    assert "runs already" in taken.stderr


def test_an_anchor_is_that_of_genesis_unless_a_height_is_named(api: RunningApi, tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    done = api.cli("trust", "export", "--out", str(file))
    assert file.read_bytes() == api.home.trust.read_bytes()
    assert done.stdout.strip().endswith("  height 0")
    newest = json.loads(api.cli("trust", "export", "--newest", "--out", str(file), "--json").stdout)
    assert int(newest["height"]) > 0
    again = api.cli("trust", "export", "--height", newest["height"])
    assert f"fingerprint {newest['fingerprint']}  height {newest['height']}" in again.stderr


def test_a_client_names_the_height_of_its_anchor(api: RunningApi) -> None:
    path = stock_path(api)
    assert api.get(path, proof="true", since="1").json()["proof"]["set_changes"] == []
    assert api.http.get(path, params={"proof": "true", "since": "-1"}).status_code in (400, 422)


def test_the_node_may_die_and_come_back(api: RunningApi) -> None:
    path = api.http.post("/capture", json=e.document(e.TRANSACTION)).headers["Location"]
    api.net.kill(0)
    assert api.http.get("/health/ready").status_code == 503
    refused = api.http.post("/movements", json=api.movement("away-1", "receive", 1, to=WAREHOUSE))
    assert refused.status_code == 503
    api.net.start(0)
    eventually(
        "the job goes on where it was",
        lambda: [event["state"] for event in api.http.get(path).json()["events"]] == ["anchored"],
        60.0,
    )
    eventually("the API is ready again", lambda: api.http.get("/health/ready").status_code == 200, 60.0)
