"""Tables, messages, goods and readings as outsiders send them: the same fault has the same code over HTTP, on the
command line and from the broker, and what is good counts once, whichever way it comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from liveledger.chain.accounts.accounts import load_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.units import UNITS
from liveledger.services.members import LotDraft, Registrar, SkuDraft
from liveledger_cli.common.api_client import segment
from tests.api.ledger import SHOP, WAREHOUSE, RunningApi, running_api
from tests.deploy.tools import need
from tests.oracles.erp.broker import publish, running_broker
from tests.oracles.erp.test_mosquitto import bridge, settings_file, status
from tests.outsiders.cases import Case, cases
from tests.support.network import eventually

pytestmark = pytest.mark.network

BRAND = 1
# What the messages name, and others.
SLASHED = "CLE-056621/6"
ODD = ("CLE-056621/7", "50% off?#1", "茶 叶/红", "..", "'q\"", "%2F")
LOTS = {"OLD": (20260101, 21), "B27": (20270630, 60), "A26": (20261231, 40)}
MEDIA = {".csv": "text/csv", ".txt": "text/csv", ".json": "application/json", ".ndjson": "application/x-ndjson"}


@dataclass
class World:
    """A ledger with its API, and what became of messages that came over the broker, by id."""

    api: RunningApi
    dead: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One ledger for all channels; HZ-004 is there in three lots, one of which has expired."""
    with running_api(tmp_path_factory.mktemp("outsiders")) as api:
        assert api.brand == BRAND
        _register(api)
        stock = [
            api.movement(f"in-{lot}", "receive", units, to=WAREHOUSE, sku="HZ-004", lot=lot)
            for lot, (_, units) in LOTS.items()
        ]
        assert api.http.post("/movements", json=stock).status_code == 202
        api.final("in-A26")
        yield World(api)


def _register(api: RunningApi) -> None:
    """Goods as their brand registers them, some without the command that would refuse them."""
    address = api.ledger.manifest.address("StockLedger")
    with closing(open_outbox(api.ledger)) as outbox:
        brand = Registrar(Sender(api.ledger, load_account(api.home, "brand"), outbox))
        brand.register_skus(address, BRAND, [SkuDraft(code, 0, UNITS["EA"]) for code in ("HZ-004", SLASHED, *ODD)])
        brand.register_lots(address, BRAND, [LotDraft("HZ-004", lot, expiry) for lot, (expiry, _) in LOTS.items()])


@pytest.fixture(scope="module")
def brokered(world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same once every message that the broker takes has gone through the MQTT gateway."""
    program, folder = need("mosquitto", "apt-get install mosquitto"), tmp_path_factory.mktemp("broker")
    with ExitStack() as stack:
        broker = stack.enter_context(running_broker(program, folder))
        settings = settings_file(broker, folder, "", "outsiders")
        settings.write_text(settings.read_text().replace('api = ""\n', ""))
        stack.enter_context(bridge(world.api.home, settings))
        wms = stack.enter_context(broker.publisher("wms-7"))
        sent = cases("messages", "mqtt")
        for case in sent:
            publish(wms, "stock/wms-7/movements", case.content)
        dead = sum("dead" in case.outcomes["mqtt"] for case in sent)
        good = [json.loads(case.content)["id"] for case in sent if "dead" not in case.outcomes["mqtt"]]
        eventually("the bad ones are dead", lambda: status(world.api.home)["dead"] == dead, 60)
        eventually("the API has the others", lambda: all(_is_there(world.api, name) for name in good), 60)
    letters = json.loads(world.api.cli("erp", "dead", "--json").stdout)["dead"]
    world.dead = {one["id"]: one["code"] for one in letters}
    return world


def _is_there(api: RunningApi, name: str) -> bool:
    return api.http.get(f"/movements/{segment(name)}").status_code == 200


def taken(answer: dict[str, Any]) -> int:
    """Messages that are there now, of this time or an earlier one."""
    return int(answer["accepted"]) + int(answer.get("already_posted", answer.get("already_stored")))


def lots(answer: dict[str, Any]) -> list[list[Any]]:
    """Lots that were chosen."""
    return [[one["lot"], one["quantity"]] for entry in answer.get("allocated", []) for one in entry["lots"]]


def over_http(api: RunningApi, case: Case, path: str) -> dict[str, Any]:
    """What the API answers, checked against its outcome."""
    right = case.outcomes["api"]
    kind = MEDIA[case.path.suffix] + (f"; charset={right['charset']}" if "charset" in right else "")
    answer = api.http.post(path, content=case.content, headers={"Content-Type": kind})
    found: dict[str, Any] = answer.json()
    assert answer.status_code == right["status"], answer.text
    assert found.get("code") == right.get("code"), answer.text
    assert right.get("says", "") in found.get("detail", "")
    if "rows" in right:
        assert [one["row"] for one in found["errors"]] == right["rows"]
    return found


def on_the_command_line(api: RunningApi, case: Case, *command: str) -> dict[str, Any]:
    """What the command prints as JSON, checked against its outcome."""
    right = case.outcomes["cli"]
    done = api.cli(*command, str(case.path), *right.get("options", ()), "--json", expect=right["exit"])
    found: dict[str, Any] = json.loads(done.stdout)
    told = " ".join(done.stderr.split())
    error = found.get("error", {})
    assert error.get("code") == right.get("code"), told
    assert right.get("says", "") in told.replace("\\", "")
    if "rows" in right:
        assert {int(row) for row in re.findall(r"row (\d+)", told)} == set(right["rows"])
    return found


@pytest.mark.parametrize("case", cases("tables"), ids=lambda case: case.name)
def test_tables(world: World, case: Case) -> None:
    if "api" in case.outcomes:
        answer = over_http(world.api, case, "/movements")
        assert "taken" not in case.outcomes["api"] or taken(answer) == case.outcomes["api"]["taken"]
    found = on_the_command_line(world.api, case, "movement", "post")
    if "taken" in case.outcomes["cli"]:
        assert taken(found) == case.outcomes["cli"]["taken"]
        assert ("api" in case.outcomes) == (found["accepted"] == 0)


def test_what_names_no_lot_is_answered_in_words(world: World, tmp_path: Path) -> None:
    """Before the broker has it, where it is parked; under an id of its own, since it counts once."""
    (case,) = [one for one in cases("messages") if "state" in one.outcomes["mqtt"]]
    (tmp_path / case.path.name).write_text(json.dumps({**json.loads(case.content), "id": "o-words"}))
    own = replace(case, path=tmp_path / case.path.name)
    over_http(world.api, own, "/movements")
    on_the_command_line(world.api, own, "movement", "post")


@pytest.mark.parametrize("case", cases("messages"), ids=lambda case: case.name)
def test_messages(brokered: World, case: Case) -> None:
    """The broker's came first, all of them in one go: what they took is there already on the other channels."""
    api, name = brokered.api, json.loads(case.content)["id"]
    mqtt = case.outcomes["mqtt"]
    assert brokered.dead.get(name) == mqtt.get("dead")
    if "dead" not in mqtt:
        state = api.http.get(f"/movements/{segment(name)}").json()["state"]
        assert state in ([mqtt["state"]] if "state" in mqtt else ["acknowledged", "final"])
    if "state" in mqtt:
        return
    answer = over_http(api, case, "/movements")
    found = on_the_command_line(api, case, "movement", "post")
    if "taken" in mqtt:
        assert (answer["accepted"], found["accepted"], taken(answer), taken(found)) == (0, 0, 1, 1)
        assert lots(answer) == lots(found) == mqtt.get("lots", [])


@pytest.mark.parametrize("case", cases("snapshots"), ids=lambda case: case.name)
def test_snapshots(world: World, case: Case) -> None:
    answer = over_http(world.api, case, "/snapshots")
    found = on_the_command_line(world.api, case, "snapshot", "post")
    if "taken" in case.outcomes["api"]:
        assert (taken(answer), taken(found), found["accepted"]) == (1, 1, 0)


@pytest.mark.parametrize("case", cases("goods"), ids=lambda case: case.name)
def test_goods(world: World, case: Case) -> None:
    on_the_command_line(world.api, case, "sku", "add")


@pytest.mark.parametrize("case", cases("readings"), ids=lambda case: case.name)
def test_readings(world: World, case: Case) -> None:
    over_http(world.api, case, "/readings")


@pytest.mark.parametrize("code", ODD)
def test_odd_codes_are_moved_and_read_on_every_way(world: World, code: str) -> None:
    api = world.api
    message = api.movement(f"odd/{ODD.index(code)}", "receive", 7, to=SHOP, sku=code)
    assert api.http.post("/movements", json=message).status_code == 202
    api.final(message["id"])
    path = f"/stock/{BRAND}/{segment(code)}"
    assert api.get(f"{path}/{SHOP}").json()["answer"]["available"] == "7"
    assert api.get(f"{path}/{SHOP}", proof="true").json()["proof"] is not None
    assert api.get(f"{path}/{SHOP}/in-transit").json()["answer"]["in_transit_long"] == []
    assert api.get(f"{path}/movements").json()["answer"]["count"] == "1"
    assert api.get(f"{path}/lots").json()["lots"] == []
    assert api.get(f"/returns/{BRAND}/{segment(code)}").status_code == 200
    assert api.get(f"/replenishment/{BRAND}/{segment(code)}").status_code == 200
    assert api.http.get("/snapshots", params={"place": SHOP, "sku": code}).status_code == 200
    shown = json.loads(api.cli("stock", "show", str(BRAND), code, SHOP, "--json").stdout)
    assert (shown["answer"]["available"], shown["verdict"]["verdict"]) == ("7", "proven")
    assert "receive" in api.cli("stock", "movements", str(BRAND), code).stdout
    assert json.loads(api.cli("sku", "show", str(BRAND), code, "--json").stdout)["code"] == code
    api.cli("returns", "list", str(BRAND), code)


def test_first_expired_first_out_under_two_senders(world: World) -> None:
    """Two senders at once get goods of their own, and a repeat after the stock changed gets what it had."""
    api = world.api
    stock = api.movement("twin-in", "receive", 10, to=SHOP, sku="HZ-004", lot="B27")
    assert api.http.post("/movements", json=stock).status_code == 202
    api.final("twin-in")
    asked = {"kind": "sell", "from": SHOP, "sku": "HZ-004", "allocate": "fefo"}
    first = [api.movement(f"twin-{n}", quantity=4, **asked) for n in (1, 2)]
    answers = [api.http.post("/movements", json=one).json() for one in first]
    assert [lots(one) for one in answers] == [[["B27", "4"]], [["B27", "4"]]]
    short = api.http.post("/movements", json=api.movement("twin-3", quantity=4, **asked))
    assert (short.status_code, short.json()["code"]) == (409, "not-allocated")
    api.http.post("/movements", json=api.movement("twin-more", "receive", 9, to=SHOP, sku="HZ-004", lot="A26"))
    api.final("twin-more")
    again = api.http.post("/movements", json=first[0]).json()
    assert (again["accepted"], lots(again)) == (0, [["B27", "4"]])
    split = api.http.post("/movements", json=api.movement("twin-4", quantity=11, **asked)).json()
    assert lots(split) == [["A26", "9"], ["B27", "2"]]
    api.final("twin-4")
    state = api.http.get("/movements/twin-4").json()
    assert [part["state"] for part in state["parts"]] == ["final", "final"]
    assert len({part["block"] for part in state["parts"]}) == 1
