"""The client of Returns on a real ledger: once a key, all or nothing, errors that name the entry as it was given."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import MAX_RETURN_ENTRIES
from liveledger.chain.outbox.outbox import KeyReused
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import InvalidInput, RuleViolation, TooLarge
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import Kind, Movement, pack, sort
from liveledger.domain.returns import Grade, GradeEntry, Grading, ReturnAct, movements_of
from liveledger.services.returns import GradeDraft, ReturnsClient, UnknownGoods, calldata
from tests.support.trading import PLACE_GLN, Trading, now

pytestmark = pytest.mark.network
ROOT = keccak(b"inspections")
LANE = 7_000
_SEQUENCES = itertools.count()


@pytest.fixture(scope="module")
def sender(trading: Trading) -> Sender:
    return trading.sender()


@pytest.fixture(scope="module")
def client(trading: Trading, sender: Sender) -> ReturnsClient:
    address = trading.ledger.manifest.address
    return ReturnsClient(sender, address("Returns"), address("StockLedger"))


def post(trading: Trading, sender: Sender, movements: Sequence[Movement]) -> None:
    """A batch on a lane of this file's own."""
    sequence = next(_SEQUENCES)
    records = pack(sort(movements))
    call = stock_ledger.Post(LANE, sequence, bytes(32), records)
    sender.run(f"returns-test:{sequence}", trading.ledger.manifest.address("StockLedger"), call.calldata())


def come_back(trading: Trading, sender: Sender, skus: Sequence[int], quantity: int) -> None:
    at = now()
    post(trading, sender, [Movement(sku, Kind.RETURN, 0, trading.places[0], quantity, at) for sku in skus])


def entry(trading: Trading, sku: int, quantity: int, grade: Grade = Grade.A) -> GradeEntry:
    return GradeEntry(sku, 0, trading.places[0], quantity, grade)


def height(trading: Trading) -> int:
    return final_height(trading.ledger)


def test_graded_carried_out_and_closed(trading: Trading, sender: Sender, client: ReturnsClient) -> None:
    sku, place = trading.new_skus("RETURNED-1")[0], trading.places[0]
    come_back(trading, sender, [sku], 10)
    rows = [entry(trading, sku, 6, Grade.B), entry(trading, sku, 4, Grade.D)]
    client.carry_out(ReturnAct.GRADED, rows, ROOT, key="g-1")
    open_units = client.open_units(sku, 0, place, height(trading))
    assert open_units == {Grade.A: 0, Grade.B: 6, Grade.C: 0, Grade.D: 4}
    post(trading, sender, movements_of(Grading(ReturnAct.GRADED, trading.brand, ROOT, tuple(rows)), now()))
    call = stock_ledger.BalanceOf(sku, 0, place).calldata()
    word = int.from_bytes(
        trading.ledger.execution.call(trading.ledger.manifest.address("StockLedger"), call, height(trading))
    )
    assert word == 6
    client.carry_out(ReturnAct.CLOSED, rows, ROOT, key="c-1")
    assert not any(client.open_units(sku, 0, place, height(trading)).values())
    assert client.graded_units(sku, height(trading)) == {Grade.A: 0, Grade.B: 6, Grade.C: 0, Grade.D: 4}


def test_the_same_key_is_carried_out_once(trading: Trading, sender: Sender, client: ReturnsClient) -> None:
    sku = trading.new_skus("RETURNED-2")[0]
    come_back(trading, sender, [sku], 10)
    for _ in range(3):
        client.carry_out(ReturnAct.GRADED, [entry(trading, sku, 3)], ROOT, key="g-2")
    assert client.graded_units(sku, height(trading))[Grade.A] == 3
    with pytest.raises(KeyReused):
        client.submit(ReturnAct.GRADED, [entry(trading, sku, 4)], ROOT, key="g-2")


def test_a_refusal_names_the_entry_as_it_was_given(trading: Trading, sender: Sender, client: ReturnsClient) -> None:
    low, high = sorted(trading.new_skus("RETURNED-3", "RETURNED-4"))
    come_back(trading, sender, [low, high], 5)
    rows = [entry(trading, high, 6), entry(trading, low, 5)]
    for attempt in (
        lambda: client.submit(ReturnAct.GRADED, rows, ROOT, key="g-3"),
        lambda: client.check(ReturnAct.GRADED, rows),
    ):
        with pytest.raises(RuleViolation) as refused:
            attempt()
        assert refused.value.details["reason"] == "ReturnsNotHeld"
        assert refused.value.details["entry"] == 0
        assert "entry 0" in refused.value.message
    assert not any(client.graded_units(low, height(trading)).values())
    assert sender.outbox.find(sender.address, "g-3") is None


def test_words_of_members_become_numbers(trading: Trading, sender: Sender, client: ReturnsClient) -> None:
    sku = trading.new_skus("RETURNED-5")[0]
    registration = stock_ledger.RegisterLots(sku, ["L-2026"], [20270101])
    sender.run("returns-test:lots", trading.ledger.manifest.address("StockLedger"), registration.calldata())
    known = GradeDraft(trading.brand, "RETURNED-5", None, PLACE_GLN, 2, Grade.C)
    lot = GradeDraft(trading.brand, "RETURNED-5", "L-2026", PLACE_GLN + 1, 3, Grade.D)
    assert client.resolve([known, lot]) == [
        GradeEntry(sku, 0, trading.places[0], 2, Grade.C),
        GradeEntry(sku, 1, trading.places[1], 3, Grade.D),
    ]
    for field, draft in (
        ("sku", GradeDraft(trading.brand, "NOTHING", None, PLACE_GLN, 1, Grade.A)),
        ("sku", GradeDraft(trading.brand + 1, "RETURNED-5", None, PLACE_GLN, 1, Grade.A)),
        ("place", GradeDraft(trading.brand, "RETURNED-5", None, 17, 1, Grade.A)),
        ("lot", GradeDraft(trading.brand, "RETURNED-5", "L-2025", PLACE_GLN, 1, Grade.A)),
    ):
        with pytest.raises(UnknownGoods) as unknown:
            client.resolve([known, draft])
        assert (unknown.value.details["entry"], unknown.value.details["field"]) == (1, field)


def test_a_call_has_its_limits(trading: Trading) -> None:
    row = entry(trading, trading.new_skus("RETURNED-6")[0], 1)
    with pytest.raises(TooLarge):
        calldata(ReturnAct.GRADED, [row] * (MAX_RETURN_ENTRIES + 1), ROOT)
    with pytest.raises(InvalidInput):
        calldata(ReturnAct.GRADED, [entry(trading, trading.new_skus("RETURNED-6")[0], 1 << 24)], ROOT)
