"""Snapshots over HTTP: kept once, all or none unless asked otherwise, found by place and time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveledger.domain.errors import NotFound
from liveledger.messages.snapshot_resolving import SnapshotResolver
from liveledger_api.app import create_app
from liveledger_api.metrics import ApiMetrics
from liveledger_api.settings import ApiSettings
from liveledger_api.snapshots.queries import Period, select_of_place
from liveledger_api.snapshots.service import SnapshotService
from liveledger_api.store.schema import open_store
from tests.api.support import open_door
from tests.messages import cases as c
from tests.messages.catalogue import OPERATOR, Catalogue
from tests.messages.test_resolving import catalogue

FACT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Shop:
    """A client of the API over a real store and a catalogue, and the store's file."""

    client: TestClient
    catalogue: Catalogue
    file: Path

    def rows(self) -> list[tuple[Any, ...]]:
        """What is stored, in order of arrival."""
        with sqlite3.connect(self.file) as db:
            return db.execute("SELECT message_id, organisation, sku, lot, place, quantity FROM snapshots").fetchall()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """One account ``operator`` of platform 2."""
    made = catalogue()
    api = ApiSettings(root=tmp_path, max_body_bytes=20_000)
    store = open_store(tmp_path / "store.db")
    chain: Any = SimpleNamespace(sender=_sender, require_recent=lambda: None)
    resolver = SnapshotResolver(made.ledger(), lambda codes: {"TEA-1": [(1, int(c.GTIN))]})
    snapshots = SnapshotService(store, chain, resolver, limit=6)
    parts: Any = SimpleNamespace(
        settings=api,
        door=open_door(api.home()),
        metrics=ApiMetrics(),
        snapshots=snapshots,
        start=lambda: None,
        stop=lambda: None,
    )
    with TestClient(create_app(parts)) as client:
        yield Shop(client, made, tmp_path / "store.db")


def _sender(label: str) -> Any:
    if label != "operator":
        raise NotFound(f"no key {label}")
    return SimpleNamespace(address=OPERATOR)


def snapshot(name: str, *, hours: int = 0, **changes: Any) -> dict[str, Any]:
    """A snapshot some hours after the first of November."""
    at = (FACT + timedelta(hours=hours)).isoformat()
    return {**c.SNAPSHOT, "id": name, "at": at, **changes}


def test_a_snapshot_is_kept_once(shop: Shop) -> None:
    first = shop.client.post("/snapshots", json=snapshot("s-1"))
    assert (first.status_code, first.json()) == (201, {"accepted": 1, "already_stored": 0, "dry_run": False})
    again = shop.client.post("/snapshots", json=[snapshot("s-1"), snapshot("s-2", lot=None)])
    assert again.json() == {"accepted": 1, "already_stored": 1, "dry_run": False}
    assert shop.rows() == [("s-1", 2, 1 << 20 | 1, 2, 11, 100), ("s-2", 2, 1 << 20 | 1, 0, 11, 100)]


def test_an_id_with_other_content_changes_nothing(shop: Shop) -> None:
    shop.client.post("/snapshots", json=snapshot("s-1"))
    refused = shop.client.post("/snapshots", json=[snapshot("s-2"), snapshot("s-1", quantity=101)])
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (409, "already-exists", "/1/id")
    assert len(shop.rows()) == 1


def test_one_bad_record_keeps_all_out(shop: Shop) -> None:
    refused = shop.client.post("/snapshots", json=[snapshot("s-1"), snapshot("s-2", place=c.PLATFORM)])
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (
        *(400, "invalid-snapshot"),
        "/1/place",
    )
    unknown = shop.client.post("/snapshots", json=snapshot("s-3", lot={"code": "L9", "expiry": None}))
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["path"]) == (400, "unknown-lot", "/0/lot")
    assert shop.rows() == []


def test_with_partial_the_good_ones_are_kept(shop: Shop) -> None:
    shop.client.post("/snapshots", json=snapshot("s-0"))
    sent = [
        snapshot("s-1"),
        {"id": "s-2"},
        snapshot("s-3", lot={"code": "L9", "expiry": None}),
        snapshot("s-0", quantity=101),
    ]
    answer = shop.client.post("/snapshots", json=sent, params={"partial": "true"})
    assert (answer.status_code, answer.json()["accepted"]) == (201, 1)
    assert [(one["record"], one["id"], one["code"]) for one in answer.json()["refused"]] == [
        (1, "s-2", "missing-field"),
        (2, "s-3", "unknown-lot"),
        (3, "s-0", "already-exists"),
    ]
    assert [row[0] for row in shop.rows()] == ["s-0", "s-1"]


def test_a_dry_run_keeps_nothing(shop: Shop) -> None:
    answer = shop.client.post("/snapshots", json=snapshot("s-1"), params={"dry_run": "true"})
    assert (answer.status_code, answer.json()["accepted"], shop.rows()) == (200, 1, [])


def test_other_keys_bodies_and_sizes_are_refused(shop: Shop) -> None:
    post = shop.client.post
    assert post("/snapshots", json=snapshot("s-1"), params={"account": "nobody"}).status_code == 404
    assert post("/snapshots", content=b"x" * 20_001).status_code == 413
    assert post("/snapshots", json=[snapshot(str(i)) for i in range(7)]).status_code == 413
    assert post("/snapshots", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    shop.catalogue.away = True
    assert post("/snapshots", json=snapshot("s-1", place=c.SHOP)).status_code == 503
    assert shop.rows() == []


def test_a_place_is_paged_by_time(shop: Shop) -> None:
    hours = [5, 1, 3, 1, 4]
    sent = [snapshot(f"s-{i}", hours=hour) for i, hour in enumerate(hours)]
    shop.client.post("/snapshots", json=[*sent, snapshot("elsewhere", place=c.SHOP)])
    assert pages(shop, place=c.WAREHOUSE) == ["s-1", "s-3", "s-2", "s-4", "s-0"]
    first, last = int(FACT.timestamp()) + 3600, int(FACT.timestamp()) + 3 * 3600
    assert pages(shop, place=c.WAREHOUSE, since=first, until=last) == ["s-1", "s-3", "s-2"]
    assert pages(shop, place=c.SHOP, sku="TEA-1") == ["elsewhere"]
    assert pages(shop, place=c.SHOP, sku="SALT") == []
    shown = shop.client.get("/snapshots", params={"place": c.SHOP}).json()["snapshots"][0]
    assert (shown["lot"], shown["at"], shown["brand"]) == (
        {"code": "L2611", "expiry": 20271130},
        int(FACT.timestamp()),
        1,
    )


def pages(shop: Shop, **query: Any) -> list[str]:
    """Ids of all pages of two."""
    found: list[str] = []
    after: str | None = "0-0"
    while after is not None:
        page = shop.client.get("/snapshots", params={**query, "after": after, "limit": 2}).json()
        found += [one["id"] for one in page["snapshots"]]
        after = page["next"]
    return found


@pytest.mark.parametrize(
    "query", [{}, {"place": "1"}, {"place": c.WAREHOUSE, "after": "x"}, {"place": c.WAREHOUSE, "limit": 0}]
)
def test_bad_questions_are_refused(shop: Shop, query: dict[str, Any]) -> None:
    assert shop.client.get("/snapshots", params=query).status_code == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=6))
def test_whatever_is_sent_again_every_id_keeps_its_first_content(shop: Shop, sent: list[tuple[int, int]]) -> None:
    before = {row[0]: row[5] for row in shop.rows()}
    for number, quantity in sent:
        body = json.dumps(snapshot(f"p-{number}", quantity=100 + quantity)).encode()
        answer = shop.client.post("/snapshots", content=body, headers={"Content-Type": "application/json"})
        first = before.setdefault(f"p-{number}", 100 + quantity)
        assert answer.status_code == (201 if first == 100 + quantity else 409)
    assert {row[0]: row[5] for row in shop.rows()} == before


@pytest.mark.parametrize("sku", [None, "TEA-1"])
def test_a_place_is_found_along_its_index(tmp_path: Path, sku: str | None) -> None:
    path = tmp_path / "store.db"
    open_store(path).engine.dispose()
    with sqlite3.connect(path) as db:
        db.execute("DROP INDEX snapshots_by_gln")
        db.execute("CREATE INDEX snapshots_of_a_place ON snapshots (place, at, number)")
    # As a store from before is opened: it gets the index.
    store = open_store(path)
    query = select_of_place(c.WAREHOUSE, Period(5, 9, (6, 1), 100), sku)
    text = str(query.compile(store.engine, compile_kwargs={"literal_binds": True}))
    with store.engine.connect() as connection:
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert plan == ["SEARCH snapshots USING INDEX snapshots_by_gln (place_gln=? AND at>? AND at<?)"]


def test_a_store_from_before_gets_the_table(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_store(path).engine.dispose()
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE snapshots")
        db.execute("INSERT INTO messages VALUES (1, 2, 'm-1', 'operator', x'00', 1, x'00', '{}', NULL)")
    open_store(path).engine.dispose()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM snapshots").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM messages").fetchone() == (1,)


def test_the_schemas_are_served(shop: Shop) -> None:
    listed = shop.client.get("/schemas").json()["schemas"]
    assert [one["path"] for one in listed] == [
        "/schemas/movement/2",
        "/schemas/movement/3",
        "/schemas/movement/4",
        "/schemas/stock-snapshot/1",
    ]
    for one in listed:
        served = shop.client.get(one["path"])
        assert served.headers["content-type"] == "application/schema+json"
        assert served.json()["title"] == one["title"]
    assert shop.client.get("/schemas/movement/1").status_code == 404
    assert shop.client.get("/schemas/..%2Fsettings/1").status_code == 404
