"""First-expired-first-out: which lots are taken, that a repeat takes the same ones, and what is said without a lot."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.chain.movements.journal import Journal
from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import Lane
from liveledger.index.stock.lot_stock import LotBalance
from liveledger.messages.bodies import read_body
from liveledger.messages.movements import Message, movement_form, of_document
from liveledger_api.errors import AlreadyExists
from liveledger_api.movements import allocator
from liveledger_api.movements.allocation import (
    MAX_PARTS,
    NotAllocated,
    allocated,
    original,
    part_ids,
    without_a_lot,
)
from tests.messages import cases as c
from tests.messages.test_once import ADDRESSES, SALE, Home, LanePoster, post

ASKED = {**SALE, "allocate": "fefo"}
OLD, SOON, LATE, EVER = (
    LotBalance(9, "OLD", 20261123, 50),
    LotBalance(4, "SOON", 20261124, 3),
    LotBalance(2, "LATE", 20270101, 5),
    LotBalance(1, "EVER", 0, 4),
)
BARE = LotBalance(0, "", 0, 7)


def asks(quantity: int, **changes: Any) -> Message:
    """A message that leaves its lots to the rule, of 24 November."""
    return of_document({"id": "m-1", **ASKED, "quantity": quantity, **changes})


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (3, [("SOON", 3)]),
        (4, [("SOON", 3), ("LATE", 1)]),
        (12, [("SOON", 3), ("LATE", 5), ("EVER", 4)]),
        (19, [("SOON", 3), ("LATE", 5), ("EVER", 4), (None, 7)]),
    ],
)
def test_the_earliest_expiry_goes_first_and_what_expired_never(
    quantity: int, expected: list[tuple[str | None, int]]
) -> None:
    parts = allocated(asks(quantity), [BARE, EVER, LATE, SOON, OLD])
    assert [(part.message.lot, part.message.quantity) for part in parts] == expected
    assert parts[0].message.message_id == "m-1"
    assert [part.message.message_id for part in parts[1:]] == [f"m-1 {n}" for n in range(2, len(parts) + 1)]


def test_a_lot_is_good_through_the_day_where_the_fact_is() -> None:
    in_shanghai = asks(3, at="2026-11-25T00:30:00+08:00")
    assert allocated(asks(3, at="2026-11-24T16:30:00Z"), [SOON])[0].message.lot == "SOON"
    with pytest.raises(NotAllocated, match=r"3 are wanted, 0 available in 0 lots \(3 more have expired\)"):
        allocated(in_shanghai, [SOON])


def test_equal_expiries_go_by_the_lots_numbers() -> None:
    lots = [LotBalance(number, f"L{number}", 20270101, 1) for number in (7, 3, 5)]
    assert [part.lot for part in allocated(asks(3), lots)] == [3, 5, 7]


def test_too_little_is_said_in_words() -> None:
    with pytest.raises(NotAllocated) as refused:
        allocated(asks(20), [BARE, EVER, LATE, SOON, OLD])
    sentence = "TEA at 6901234000016: 20 are wanted, 19 available in 4 lots (50 more have expired)"
    assert (refused.value.message, refused.value.stable_code, refused.value.http_status) == (
        sentence,
        "not-allocated",
        409,
    )


def test_a_message_has_a_most_of_parts() -> None:
    lots = [LotBalance(number, f"L{number}", 0, 1) for number in range(1, MAX_PARTS + 2)]
    assert len(allocated(asks(MAX_PARTS), lots)) == MAX_PARTS
    with pytest.raises(NotAllocated, match="more than 100 lots"):
        allocated(asks(MAX_PARTS + 1), lots)


LOTS = st.lists(
    st.builds(
        LotBalance,
        st.integers(0, 20),
        st.just("L"),
        st.sampled_from([0, 20200101, 20270101, 20280101]),
        st.integers(0, 9),
    ),
    unique_by=lambda one: one.lot,
    max_size=8,
)


@given(LOTS, st.integers(1, 40))
def test_all_of_it_or_nothing(lots: list[LotBalance], quantity: int) -> None:
    good = {one.lot: one for one in lots if one.expiry != 20200101}
    try:
        parts = allocated(asks(quantity), lots)
    except NotAllocated:
        assert sum(one.units for one in good.values()) < quantity
        return
    assert sum(part.message.quantity for part in parts) == quantity
    assert all(part.message.quantity <= good[part.lot].units for part in parts)
    for part in parts:
        assert original(part.message.document) == asks(quantity).document
        assert part_ids(part.message.document) == [one.message.message_id for one in parts]


def test_what_names_no_lot_is_answered_in_words() -> None:
    asked = of_document({"id": "m", **SALE, "kind": "reserve", "sku": "HZ-004"})
    lots = [LotBalance(1, "A", 0, 100), LotBalance(2, "B", 0, 21)]
    assert without_a_lot(asked, lots) == (
        "HZ-004 at 6901234000016: 0 available without a lot, 121 under 2 lots: "
        "name one, or ask for first-expired-first-out"
    )
    assert str(without_a_lot(asked, [BARE, lots[1]])).startswith(
        "HZ-004 at 6901234000016: 7 available without a lot, 21 under 1 lot: "
    )
    assert without_a_lot(asked, [BARE]) is None
    assert without_a_lot(of_document({"id": "m", **SALE, "lot": "A"}), lots) is None
    scrapped = of_document({"id": "m", **SALE, "kind": "scrap"})
    assert str(without_a_lot(scrapped, lots)).endswith("0 held without a lot, 121 under 2 lots: name one")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"allocate": "lifo"}, "allocate: 'lifo' is no way to choose lots"),
        ({"allocate": True}, "allocate: 'True' is no way"),
        ({"lot": "L1"}, "allocate: a lot is named already"),
        ({"kind": "lost"}, "allocate: lost names its lot"),
        ({"kind": "receive", "from": None, "to": c.SHOP}, "allocate: receive names its lot"),
        ({"part": {}}, "part: is no field"),
    ],
)
def test_what_cannot_be_chosen_is_refused(changes: dict[str, Any], says: str) -> None:
    body = json.dumps({"id": "m-1", **ASKED, **changes}).encode()
    with pytest.raises(InvalidInput, match=says):
        read_body(body, "application/json", movement_form(c.NOW, 10))


class Index:
    """What lots hold, as a test says."""

    def __init__(self) -> None:
        self.lots = [SOON, LATE, EVER]
        self.sequences: dict[tuple[bytes, int], int] = {}

    def height(self) -> int:
        """Beside the chain."""
        return 5

    def newest_sequences(self, _lanes: object) -> dict[tuple[bytes, int], int]:
        """Batches that the lots include."""
        return self.sequences

    def lot_balances(self, _sku: int, _place: int, _lane: Lane) -> list[LotBalance]:
        """The same whatever is asked for."""
        return self.lots


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home whose index is an `Index`."""
    made = Home(tmp_path)
    made.index = Index()
    monkeypatch.setattr(allocator, "final_height", lambda _: 5)
    return made


def chosen(home: Home, name: str = "m-1") -> list[tuple[str | None, int]]:
    """Lots and quantities of a message that was posted."""
    service = home.service()
    state = service.status(name, "a")
    with sqlite3.connect(home.folder / "store.db") as db:
        query = "SELECT document FROM messages WHERE message_id = ?"
        documents = [json.loads(db.execute(query, (one["id"],)).fetchone()[0]) for one in state.get("parts", [state])]
    return [(one.get("lot"), one["quantity"]) for one in documents]


def test_a_repeat_takes_the_same_lots_though_the_stock_changed(home: Home) -> None:
    first = home.service().post([asks(7)], "a")
    assert (first["accepted"], first["allocated"]) == (
        1,
        [{"id": "m-1", "lots": [{"lot": "SOON", "quantity": "3"}, {"lot": "LATE", "quantity": "4"}]}],
    )
    home.index.lots = [LotBalance(8, "NEW", 20261201, 90)]
    for account, service in (("a", home.service()), ("b", home.service()), ("a", home.service(lane=1001))):
        again = service.post([asks(7)], account)
        assert (again["accepted"], again["already_posted"], again["allocated"]) == (0, 1, first["allocated"])
    assert [name for _, _, name in home.posted] == ["m-1", "m-1 2"]
    for changed in (asks(8), of_document({"id": "m-1", **SALE, "quantity": 7})):
        with pytest.raises(AlreadyExists):
            home.service().post([changed], "a")


def test_what_was_split_and_never_acknowledged_is_split_anew(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between the store and the outbox, and other stock afterwards."""

    def crash(*_: Any, **__: Any) -> Any:
        raise sqlite3.OperationalError("killed")

    monkeypatch.setattr(LanePoster, "offer", crash)
    with pytest.raises(sqlite3.OperationalError):
        home.service().post([asks(12)], "a")
    monkeypatch.undo()
    monkeypatch.setattr(allocator, "final_height", lambda _: 5)
    home.index.lots = [LotBalance(8, "NEW", 20261201, 10), EVER]
    assert post(home.service(), "a", "m-1", allocate="fefo", quantity=12) == (1, 0)
    assert chosen(home) == [("NEW", 10), ("EVER", 2)]


def test_what_is_on_its_way_out_is_not_taken_twice(home: Home) -> None:
    service = home.service()
    service.post([asks(3)], "a")
    service.post([asks(3, id="m-2"), asks(3, id="m-3")], "b")
    assert [chosen(home, name) for name in ("m-1", "m-2", "m-3")] == [
        [("SOON", 3)],
        [("LATE", 3)],
        [("LATE", 2), ("EVER", 1)],
    ]
    with pytest.raises(NotAllocated, match=r"4 are wanted, 3 available"):
        service.post([asks(4, id="m-4")], "a")
    assert service.post([asks(3, id="m-4")], "a")["accepted"] == 1


def test_where_a_part_is_refused_the_others_are_known(home: Home) -> None:
    home.service().post([asks(7)], "a")
    journal = Journal(home.outbox, ADDRESSES["a"], 1000)
    numbers = [number for (number,) in home.outbox.read("SELECT id FROM message ORDER BY id")]
    assert [journal.siblings(number) for number in numbers] == [[numbers[1]], [numbers[0]]]
    home.service().post([asks(1, id="m-10"), asks(1, id="m-1!")], "a")
    assert journal.siblings(numbers[0]) == [numbers[1]]


def test_with_partial_those_that_find_too_little_are_listed(home: Home) -> None:
    answer = home.service().post_each([asks(99, id="big"), asks(2, id="small")], [], "a")
    assert (answer["accepted"], [one["id"] for one in answer["allocated"]]) == (1, ["small"])
    assert [(one["id"], one["code"]) for one in answer["refused"]] == [("big", "not-allocated")]
