"""What was submitted to the API feeds the comparison: the newest of each SKU, lot and channel, by organisation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain import gs1
from liveledger.domain.errors import NotFound
from liveledger.domain.hashing import canonical_json
from liveledger.domain.movements import Kind, Movement
from liveledger.messages.snapshot_resolving import Placed
from liveledger.messages.snapshots import snapshot_form
from liveledger.reconcile.errors import SnapshotTooLarge
from liveledger.reconcile.run import Question, reconcile
from liveledger.reconcile.sources import Delivery
from liveledger_api.database import Database
from liveledger_api.snapshots.service import _row
from liveledger_api.store.schema import open_store
from liveledger_cli.reconcile import posted as module
from liveledger_cli.reconcile.posted import posted
from tests.unit.reconcile.index import (
    AUDITOR,
    HERE,
    LOTS,
    SKUS,
    START,
    WAREHOUSE,
    registered,
    text_of,
    time_of,
)
from tests.unit.reconcile.snapshots import PLACE, entry


@pytest.fixture
def store(tmp_path: Path) -> Database:
    """An empty store."""
    return open_store(tmp_path / "store.db")


def keep(store: Database, name: str, sku: str, *, organisation: int = WAREHOUSE, **changes: Any) -> None:
    """Stores a message as the API does once it has its numbers."""
    message = entry(id=name, sku=sku, **changes)
    snapshot = snapshot_form(time_of(1000), 1).build(0, None, message)
    with store.writing() as session:
        lot = 0 if snapshot.lot is None else LOTS[snapshot.lot]
        session.add(_row(Placed(snapshot, organisation, 3, SKUS[sku], lot, HERE), "operator", 1.0))


def ids(delivery: Delivery) -> list[str]:
    """Ids of a delivery's messages."""
    return [json.loads(line)["id"] for line in delivery.content.splitlines()]


def test_posted_snapshots_are_compared_and_a_difference_is_found(tmp_path: Path, store: Database) -> None:
    stock = registered(tmp_path)
    stock.block(*(Movement(SKUS[code], Kind.RECEIVE, 0, HERE, 100, START) for code in "AB"))
    at = text_of(time_of(1))
    keep(store, "old", "A", quantity=7, available=7, reserved=0, at=text_of(time_of(1) - 5))
    keep(store, "a", "A", quantity=90, available=90, reserved=0, at=at)
    keep(store, "b-shop", "B", quantity=60, available=60, reserved=0, at=at)
    keep(store, "b-live", "B", quantity=40, available=40, reserved=0, channel="live", at=at)
    (delivery,) = posted(store, int(PLACE))()
    outcome = reconcile(delivery.content, stock.engine, Question(int(PLACE), time_of(2)))
    assert [(line.sku, line.difference) for line in outcome.report.lines] == [(SKUS["A"], 10), (SKUS["B"], 0)]
    assert (outcome.report.deviation, outcome.report.level) == (500, 1)


def test_the_newest_of_each_lot_and_channel_within_the_window(store: Database) -> None:
    for name, seconds, rest in (
        ("long-ago", 0, {"channel": "fair"}),
        ("a-1", 950, {}),
        ("a-2", 1000, {}),
        ("lot", 960, {"lot": {"code": "L1", "expiry": None}}),
    ):
        keep(store, name, "A", at=text_of(START + seconds), **rest)
    keep(store, "elsewhere", "A", at=text_of(START + 5000), place=gs1.with_check_digit("690123400099"))
    (delivery,) = posted(store, int(PLACE))()
    assert ids(delivery) == ["lot", "a-2"]
    assert ids(next(posted(store, int(PLACE), 10)())) == ["a-2"]
    assert delivery.content.splitlines()[1] == canonical_json(entry(id="a-2", at=text_of(START + 1000)))


def test_each_organisation_speaks_for_itself_and_is_heard_once(store: Database) -> None:
    source = posted(store, int(PLACE))
    with pytest.raises(NotFound) as none:
        list(source())
    assert none.value.stable_code == "snapshot-none-posted"
    keep(store, "own", "A", at=text_of(START))
    keep(store, "audit", "A", organisation=AUDITOR, at=text_of(START + 1))
    assert [(one.name, ids(one)) for one in source()] == [
        (f"posted:{PLACE}:{WAREHOUSE}", ["own"]),
        (f"posted:{PLACE}:{AUDITOR}", ["audit"]),
    ]
    assert list(source()) == []
    keep(store, "own-2", "A", at=text_of(START + 2))
    # Who gives up on the way gets it again.
    assert ids(next(source())) == ["own-2"]
    assert [ids(one) for one in source()] == [["own-2"]]


def test_the_number_of_messages_is_limited(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 1)
    keep(store, "a", "A", at=text_of(START))
    assert len(list(posted(store, int(PLACE))())) == 1
    keep(store, "b", "B", at=text_of(START))
    with pytest.raises(SnapshotTooLarge):
        list(posted(store, int(PLACE))())
