"""The API's figures of stock health: asked by codes and GLNs, with prices that are sent along."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.domain import merkle
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.hashing import canonical_json, keccak
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.prices import parse_prices
from liveledger.index.database import sqlite_engine
from liveledger.index.stock_health.scope import DAY
from liveledger.verifier import Refusal
from liveledger_api.stock_health.service import StockHealthService
from liveledger_cli.health.check import EvidenceDiffers, compare, read_evidence
from liveledger_cli.health.commands import Scope
from liveledger_cli.health.report import evidence_of, shown_capital
from tests.api.support import World
from tests.index.movement_tables import BRAND, PLACES, SKUS, fill

START = 1_760_000_000
CSV = {"Content-Type": "text/csv"}
HEAD = "sku,unit_cost_fen,unit_revenue_fen,category\n"
PRICES = HEAD + "SKU-1,1250,1990,tea\nSKU-2,99,120,cups\n"


@pytest.fixture
def client(world: World, tmp_path: Path) -> TestClient:
    """The application over an index in which ten came, four were sold, and six of another SKU came to place 2."""
    engine = sqlite_engine(tmp_path / "index.db")
    movements = [
        Movement(SKUS[0], Kind.RECEIVE, 0, 1, 10, START),
        Movement(SKUS[0], Kind.SELL, 1, 0, 4, START + DAY),
        Movement(SKUS[1], Kind.RECEIVE, 0, 2, 6, START + 3 * DAY),
    ]
    fill(engine, [(movement.at + 5, [movement]) for movement in movements])
    cast(SimpleNamespace, world.parts).stock_health = StockHealthService(engine)
    return world.client


def asked(client: TestClient, path: str = "/stock/health", prices: str | None = None, **query: Any) -> Any:
    """The answer for ten days of the brand unless the query says otherwise."""
    query = {"brand": BRAND, "from": START, "to": START + 10 * DAY} | query
    query = {name: value for name, value in query.items() if value is not None}
    if prices is None:
        return client.get(path, params=query)
    return client.post(path, params=query, content=prices.encode(), headers=CSV)


def test_figures_without_prices(client: TestClient) -> None:
    body = asked(client).json()
    assert (body["proof"], body["block"]) == (None, {"height": "3"})
    figures = body["answer"]["figures"]
    assert figures["sell_through"]["value"] == "2500"
    assert figures["sell_through"]["query"]["kinds"] == [kind.name.lower() for kind in Kind]
    assert (figures["capital_share"]["value"], figures["capital_share"]["reason"]) == (None, "no prices were given")
    assert body["answer"]["ages"]["units"] == {"0-30": "12", "31-60": "0", "61-90": "0", "over-90": "0"}


def test_one_sku_and_one_place(client: TestClient) -> None:
    answer = asked(client, sku="SKU-1").json()["answer"]
    query = answer["figures"]["turnover_days"]["query"]
    assert (query["sku"], query["first"], query["last"], query["movements"]) == (str(SKUS[0]), "0", "1", "2")
    there = asked(client, place=f"{PLACES[2]:013}").json()["answer"]
    assert [row["code"] for row in there["skus"]] == ["SKU-2"]
    assert there["figures"]["turnover_days"]["reason"] == "nothing was sold in the period"


def test_prices_give_the_share_of_capital(client: TestClient) -> None:
    answer = asked(client, prices=PRICES).json()["answer"]
    figure = answer["figures"]["capital_share"]
    assert (figure["numerator"]["value"], figure["denominator"]["value"]) == (str(6 * 1250 + 6 * 99), str(4 * 1990))
    assert figure["value"] == "10169"
    missing = asked(client, prices=HEAD + "SKU-1,1,2,\n").json()["answer"]["figures"]["capital_share"]
    assert missing["reason"] == "no price was given for the SKU SKU-2"


def test_without_a_period_it_is_thirty_days_up_to_the_newest_block(client: TestClient) -> None:
    answer = asked(client, **{"from": None, "to": None}).json()["answer"]
    end = START + 3 * DAY + 5 + 1
    assert (answer["from"], answer["to"], answer["time"]) == (str(end - 30 * DAY), str(end), str(end - 1))


def test_a_period_that_is_not_over_has_no_days_to_come(client: TestClient) -> None:
    now = START + 3 * DAY + 5 + 1
    answer = asked(client, to=START + 300 * DAY).json()["answer"]
    assert (answer["to"], answer["asked_to"]) == (str(now), str(START + 300 * DAY))
    assert answer["figures"] == asked(client, to=now).json()["answer"]["figures"]
    assert answer["ages"]["units"]["0-30"] == "12"
    heat = asked(client, "/stock/heat-map", to=START + 300 * DAY).json()["answer"]
    assert (heat["months"], heat["to"]) == (["2025-10"], str(now))
    over = asked(client, to=START + 2 * DAY).json()["answer"]
    assert over["to"] == over["asked_to"] == str(START + 2 * DAY)


def test_the_clock_of_blocks(client: TestClient) -> None:
    query = {"from": START + 5, "to": START + DAY + 5}
    assert asked(client, clock="block", **query).json()["answer"]["figures"]["sell_through"]["value"] == "0"
    assert asked(client, clock="fact", **query).json()["answer"]["figures"]["sell_through"]["value"] == "4000"


def test_heat_maps(client: TestClient) -> None:
    answer = asked(client, "/stock/heat-map").json()["answer"]
    assert answer["months"] == ["2025-10"]
    assert [(row["row"], row["units_sold"]) for row in answer["rows"]] == [
        (f"{PLACES[1]:013}", ["4"]),
        (f"{PLACES[2]:013}", ["0"]),
    ]
    tea = asked(client, "/stock/heat-map", PRICES).json()["answer"]
    assert [(row["row"], row["units_sold"]) for row in tea["rows"]] == [("cups", ["0"]), ("tea", ["4"])]
    assert [row["row"] for row in asked(client, "/stock/heat-map", by="sku").json()["answer"]["rows"]] == [
        "SKU-1",
        "SKU-2",
    ]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"sku": "nothing"}, 404, "not-found"),
        ({"place": "6900000000052"}, 404, "not-found"),
        ({"place": "123"}, 400, "invalid-input"),
        ({"from": START, "to": START}, 400, "bad-period"),
        ({"from": 0}, 400, "bad-period"),
        ({"brand": 0}, 400, "invalid-input"),
        ({"clock": "sun"}, 400, "invalid-input"),
        ({"to": 1 << 32}, 400, "not-in-seconds"),
    ],
)
def test_questions_that_are_none(client: TestClient, query: dict[str, Any], status: int, code: str) -> None:
    for path in ("/stock/health", "/stock/heat-map"):
        response = asked(client, path, **query)
        assert (response.status_code, response.json()["code"]) == (status, code)


def test_bodies_that_are_no_prices(client: TestClient) -> None:
    refused = asked(client, prices="sku\n")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad-prices")
    params = {"brand": BRAND}
    other = client.post("/stock/health", params=params, json={})
    assert (other.status_code, other.json()["code"]) == (415, "unsupported-media-type")
    assert asked(client, "/stock/heat-map", by="category").json()["code"] == "no-categories"


def test_evidence_leads_to_its_root(client: TestClient) -> None:
    answer = asked(client, prices=PRICES).json()["answer"]
    evidence = evidence_of(answer, parse_prices(PRICES.encode()))
    shown = evidence.as_dict()
    assert (shown["stock_value_fen"], shown["revenue_fen"], shown["at_block"]) == ("8094", "7960", "3")
    head = {name: shown[name] for name in ("brand", "period_from", "period_to", "clock", "at_block")}
    parts = [(shown["salt"], head), *((entry["salt"], entry["row"]) for entry in shown["rows"])]
    leaves = [keccak(b"\0" + bytes.fromhex(salt[2:]) + canonical_json(leaf)) for salt, leaf in parts]
    assert shown["root"] == "0x" + merkle.root(leaves).hex()
    assert evidence_of(answer, parse_prices(PRICES.encode())).root() != evidence.root()


def test_evidence_is_checked_beside_the_report(client: TestClient) -> None:
    answer = asked(client, prices=PRICES).json()["answer"]
    evidence = evidence_of(answer, parse_prices(PRICES.encode()))
    content = evidence.as_dict()
    assert read_evidence(json.dumps(content).encode()) == evidence
    names = ("period_from", "period_to", "at_block", "stock_value_fen", "revenue_fen")
    report = {name: content[name] for name in names} | {"evidence_root": content["root"], "index": "4"}
    assert compare(evidence, [report]) == report
    for name in names:
        with pytest.raises(EvidenceDiffers) as differing:
            compare(evidence, [report | {name: "1"}])
        assert differing.value.details == {"field": name}
    with pytest.raises(NotFound):
        compare(replace(evidence, clock="block"), [report])
    for change in ({"clock": "block"}, {"brand": "9"}, {"revenue_fen": "1"}, {"period_to": "5"}):
        with pytest.raises(EvidenceDiffers):
            read_evidence(json.dumps(content | change).encode())
    for junk in (
        b"",
        b"[]",
        b"[" * 90,
        *(json.dumps(content | each).encode() for each in ({"x": 1}, {"clock": "sun"})),
    ):
        with pytest.raises(Refusal):
            read_evidence(junk)


def test_evidence_needs_every_price_and_figures_that_follow(client: TestClient) -> None:
    answer = asked(client, prices=PRICES).json()["answer"]
    with pytest.raises(InvalidInput) as refused:
        evidence_of(answer, parse_prices((HEAD + "SKU-1,1,2,\n").encode()))
    assert refused.value.stable_code == "no-price"
    answer["skus"][0]["units"] = "7"
    with pytest.raises(InvalidInput) as differing:
        evidence_of(answer, parse_prices(PRICES.encode()))
    assert differing.value.stable_code == "figures-differ"
    answer["skus"][0]["units"] = str(1 << 63)
    with pytest.raises(InvalidInput) as large:
        evidence_of(answer, parse_prices(PRICES.encode()))
    assert large.value.stable_code == "figure-too-large"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1760000000", "1760000000"),
        ("2026-11-24", "1795478400"),
        ("2026-11-24T08:00:00+08:00", "1795478400"),
        ("2026-11-24T00:00:00Z", "1795478400"),
    ],
)
def test_times_of_the_command_line(text: str, seconds: str) -> None:
    assert Scope(since=text).query(1)["from"] == seconds


@settings(deadline=None)
@given(st.text(max_size=30).filter(lambda text: not text.isdigit()))
def test_junk_as_a_time_is_refused_or_a_number(text: str) -> None:
    try:
        assert Scope(until=text).query(1)["to"].lstrip("-").isdigit()
    except InvalidInput as refused:
        assert refused.code == "invalid-input"  # noqa: PT017 -- the junk may be a time, too


def test_reports_in_words() -> None:
    entry = {"index": "0", "block": "7", "period_from": "0", "period_to": "86400", "stock_value_fen": "1"}
    entry |= {"revenue_fen": "0", "organisation": "3"}
    reports = [{**entry, "share_bps": None}, {**entry, "share_bps": "12"}]
    sides: dict[str, Any] = {"brand": {"period_to": "86400"}, "auditors": None, "finance": None}
    answer = {"frozen": False, "stale": False, "newest": reports[1], "sides": sides, "reports": reports}
    shown = "\n".join(shown_capital(answer))
    assert shown.splitlines()[0] == "purchasing is not frozen"
    assert "12 bps" in shown.splitlines()[1]
    assert "no revenue" in shown.splitlines()[2]
    assert "is frozen: the newest report is stale" in "\n".join(
        shown_capital({**answer, "frozen": True, "stale": True})
    )
    found = {"period_to": "86400", "reported_at": "90000", "above_limit": True, "stands": True}
    lines = shown_capital({**answer, "frozen": True, "sides": {**sides, "finance": found}})
    assert lines[0] == "purchasing is frozen"
    assert lines[1].startswith("finance found more than the limit on 1970-01-02 01:00:00Z: that stands for 90 days, or")
    old = shown_capital({**answer, "frozen": None, "stale": None, "newest": None, "sides": None})
    assert old[0] == "the list goes on: its last page says whether purchasing is frozen"
