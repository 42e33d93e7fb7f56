"""Messages on a real ledger: lots move, refusals are named and leave everything as it was, in every way of sending."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from liveledger.bindings import consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.accounts.accounts import load_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.domain import gs1
from liveledger.services.members import Act, Registrar
from liveledger_cli.movement.commands import CHUNK
from tests.api.ledger import BRAND_GLN, CODES, NOWHERE, OPERATOR_GLN, SHOP, WAREHOUSE, RunningApi, running_api
from tests.deploy.tools import need
from tests.oracles.erp.broker import publish, running_broker
from tests.oracles.erp.test_mosquitto import bridge, settings_file, status
from tests.support.network import eventually

pytestmark = pytest.mark.network

GTIN = gs1.with_check_digit("0690123456789")
LOT, EXPIRY = "L2611", 20271130


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """One ledger for all tests of this file; the first SKU has a lot."""
    with running_api(tmp_path_factory.mktemp("messages")) as running:
        outbox = open_outbox(running.ledger)
        brand = Registrar(Sender(running.ledger, load_account(running.home, "brand"), outbox))
        call = stock_ledger.RegisterLots(sku_number(running), [LOT], [EXPIRY])
        brand.carry_out([Act("lots", running.ledger.manifest.address("StockLedger"), call.calldata())])
        outbox.close()
        yield running


def asked(api: RunningApi, to: bytes, call: Any) -> int:
    """The word that a contract answers, in the newest final block."""
    return int.from_bytes(api.ledger.execution.call(to, call.calldata(), final_height(api.ledger)))


def sku_number(api: RunningApi, code: str = CODES[0]) -> int:
    """Number of a SKU."""
    return asked(api, api.ledger.manifest.address("StockLedger"), stock_ledger.SkuByCode(api.brand, code))


def available(api: RunningApi, *, lot: int = 0, place: str = WAREHOUSE, code: str = CODES[0]) -> int:
    """What is available of a lot at a place."""
    number = asked(api, CONSORTIUM_ADDRESS, consortium.PlaceByGln(int(place)))
    call = stock_ledger.BalanceOf(sku_number(api, code), lot, number)
    return asked(api, api.ledger.manifest.address("StockLedger"), call) & ((1 << 64) - 1)


def snapshot(name: str, **changes: Any) -> dict[str, Any]:
    """A snapshot of the lot in the warehouse."""
    base = {"id": name, "source": "test", "organisation": gs1.gln_text(OPERATOR_GLN), "sku": CODES[0], "gtin": GTIN}
    base |= {"place": WAREHOUSE, "channel": "live", "quantity": 9, "available": 7, "reserved": 2}
    lot = {"code": LOT, "expiry": "2027-11-30"}
    return {**base, "lot": lot, "at": "2026-11-11T12:00:00+08:00", **changes}


def test_a_movement_moves_its_lot(api: RunningApi) -> None:
    stated = {"lot": LOT, "unit": "EA", "organisation": gs1.gln_text(OPERATOR_GLN)}
    posted = api.http.post("/movements", json=api.movement("lot-1", "receive", 50, to=WAREHOUSE, **stated))
    assert posted.status_code == 202, posted.text
    api.final("lot-1")
    assert (available(api, lot=1), available(api, lot=0)) == (50, 0)


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"lot": "L9"}, "unknown-lot", "/1/lot"),
        ({"unit": "KGM"}, "other-unit", "/1/unit"),
        ({"unit": "crate"}, "unknown-unit", "/1/unit"),
        ({"organisation": gs1.gln_text(BRAND_GLN)}, "other-organisation", "/1/organisation"),
        ({"at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "in-the-future", "/1/at"),
        ({"sku": "NONE"}, "invalid-movement", "/1/sku"),
    ],
)
def test_one_bad_record_keeps_all_out(api: RunningApi, changes: dict[str, Any], code: str, path: str) -> None:
    good = api.movement(f"keep-{code}", "receive", 1, to=WAREHOUSE)
    refused = api.http.post("/movements", json=[good, {**good, "id": "bad", **changes}])
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (400, code, path), refused.text
    assert api.http.get(f"/movements/keep-{code}").status_code == 404


def test_a_table_goes_in_but_for_its_bad_rows(api: RunningApi, tmp_path: Path) -> None:
    before = available(api, place=SHOP, code=CODES[1])
    file = tmp_path / "day.csv"
    rows = ["id,kind,brand,sku,lot,from,to,quantity,at"]
    rows += [f"t-1,receive,{api.brand},{CODES[1]},,,{SHOP},9,2026-11-11T12:00:00Z"]
    rows += [f"t-2,receive,{api.brand},{CODES[1]},,,{SHOP},0,2026-11-11T12:00:00Z"]
    rows += [f"t-3,receive,{api.brand},{CODES[1]},L9,,{SHOP},1,2026-11-11T12:00:00Z"]
    rows += [f"t-4,sell,{api.brand},{CODES[1]},,{SHOP},,9999,2026-11-11T12:00:00Z"]
    rows += [f"t-5,receive,{api.brand},{CODES[1]},,,{SHOP},4,2026-11-11T12:00:00Z"]
    file.write_text("\r\n".join(rows) + "\r\n")
    whole = api.cli("movement", "post", str(file), expect=2)
    assert "row 3, quantity" in whole.stderr
    assert available(api, place=SHOP, code=CODES[1]) == before
    told = api.cli("movement", "post", str(file), "--partial", "--no-park", "--json", expect=1)
    answer = json.loads(told.stdout)
    assert answer["accepted"] == 2
    assert [(one["row"], one["id"], one["code"]) for one in answer["refused"]] == [
        (3, "t-2", "invalid-message"),
        (4, "t-3", "unknown-lot"),
        (5, "t-4", "rule-violation"),
    ]
    api.final("t-1")
    api.final("t-5")
    assert available(api, place=SHOP, code=CODES[1]) == before + 13
    again = json.loads(api.cli("movement", "post", str(file), "--partial", "--no-park", "--json", expect=1).stdout)
    assert (again["accepted"], again["already_posted"], len(again["refused"])) == (0, 2, 3)


def test_a_long_file_that_is_broken_at_its_end_leaves_nothing(api: RunningApi, tmp_path: Path) -> None:
    code, file = CODES[1], tmp_path / "long.ndjson"
    before = available(api, place=SHOP, code=code)
    arrive = [api.movement(f"long-{i}", "receive", 1, to=SHOP, sku=code) for i in range(CHUNK)]
    # More than there is before the first body is posted: only the rules of the whole file can take it.
    leave = [api.movement(f"long-{CHUNK}", "sell", before + CHUNK, **{"from": SHOP}, sku=code)]

    def post(*last: dict[str, Any], expect: int) -> Any:
        file.write_text("\n".join(json.dumps(one) for one in (*arrive, *leave, *last)))
        return api.cli("movement", "post", str(file), expect=expect)

    broken = api.movement("long-bad", "receive", 0, to=SHOP)
    assert f"row {CHUNK + 2}, quantity (invalid-message)" in " ".join(post(broken, expect=2).stderr.split())
    unknown = api.movement("long-bad", "receive", 1, to=NOWHERE)
    assert f"row {CHUNK + 2}, to (invalid-message)" in " ".join(post(unknown, expect=2).stderr.split())
    assert api.http.get("/movements/long-0").status_code == 404
    assert f"{CHUNK + 1} posted" in " ".join(post(expect=0).stdout.split())
    assert api.final(f"long-{CHUNK}")["state"] == "final"
    assert available(api, place=SHOP, code=code) == 0


def test_snapshots_of_anothers_place_are_refused(api: RunningApi) -> None:
    shop_of_brand = api.http.post("/snapshots", json=snapshot("s-place"), params={"account": "brand"})
    assert (shop_of_brand.status_code, shop_of_brand.json()["code"]) == (400, "other-organisation")
    own = {"organisation": gs1.gln_text(BRAND_GLN)}
    refused = api.http.post("/snapshots", json=snapshot("s-place", **own), params={"account": "brand"})
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (400, "other-place", "/0/place")


def test_snapshots_by_http_and_by_file(api: RunningApi, tmp_path: Path) -> None:
    assert api.http.post("/snapshots", json=snapshot("h-1", brand=api.brand)).status_code == 201
    eventually(
        "the index knows the code", lambda: api.http.post("/snapshots", json=snapshot("h-2")).status_code == 201, 30
    )
    wrong = api.http.post("/snapshots", json=snapshot("h-3", lot={"code": LOT, "expiry": None}))
    assert (wrong.status_code, wrong.json()["code"]) == (400, "other-expiry")
    file = tmp_path / "stock.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in (snapshot("f-1"), snapshot("f-2", place=NOWHERE))))
    api.cli("snapshot", "post", str(file), expect=2)
    kept = json.loads(api.cli("snapshot", "post", str(file), "--partial", "--json", expect=1).stdout)
    assert (kept["accepted"], [one["id"] for one in kept["refused"]]) == (1, ["f-2"])
    page = api.http.get("/snapshots", params={"place": WAREHOUSE}).json()["snapshots"]
    assert [one["id"] for one in page] == ["h-1", "h-2", "f-1"]
    assert (page[0]["lot"], page[0]["brand"]) == ({"code": LOT, "expiry": EXPIRY}, api.brand)


def test_messages_of_the_broker_are_posted_once(api: RunningApi, tmp_path_factory: pytest.TempPathFactory) -> None:
    program, folder = need("mosquitto", "apt-get install mosquitto"), tmp_path_factory.mktemp("broker")
    before = available(api, lot=1, place=SHOP)
    with running_broker(program, folder) as broker:
        settings = settings_file(broker, folder, "", "real")
        settings.write_text(settings.read_text().replace('api = ""\n', ""))
        with bridge(api.home, settings), broker.publisher("wms-7") as wms:
            for _ in range(2):
                for i in range(20):
                    message = api.movement(f"wms-7:{i}", "receive", 3, to=SHOP, lot=LOT)
                    publish(wms, "stock/wms-7/movements", json.dumps(message).encode())
            publish(
                wms,
                "stock/wms-7/movements",
                json.dumps(api.movement("wms-7:x", "receive", 1, lot="L9", to=SHOP)).encode(),
            )
            publish(wms, "stock/wms-7/snapshots", json.dumps(snapshot("wms-7:s")).encode())
            eventually("the API has all", lambda: status(api.home)["pending"] == 0, 60)
            eventually("the bad one is dead", lambda: status(api.home)["dead"] == 1, 60)
        api.final("wms-7:19")
    assert available(api, lot=1, place=SHOP) == before + 60
    letters = json.loads(api.cli("erp", "dead", "--json").stdout)["dead"]
    assert [(one["id"], one["code"]) for one in letters] == [("wms-7:x", "unknown-lot")]
