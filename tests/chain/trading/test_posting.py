"""Posting on a real chain: poisoned records are named, the rest is posted, bad input leaves nothing (fault 16)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from liveledger.bindings import stock_ledger
from liveledger.bindings.consortium import SetAccount
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role, Status
from liveledger.chain.accounts.accounts import address_of, load_or_create_account
from liveledger.chain.contracts.ledger import final_height
from liveledger.chain.contracts.names import LedgerNames
from liveledger.chain.movements.batching import Movements, post_call
from liveledger.chain.movements.posting import Poster
from liveledger.chain.movements.recovery import LaneTaken
from liveledger.chain.movements.stock_contract import StockContract
from liveledger.chain.outbox.outbox import KeyReused
from liveledger.chain.outbox.sender import Request, Sender
from liveledger.domain.errors import InvalidInput, RuleViolation
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.transactions import MAX_TX_GAS
from liveledger.rules.sentences.words import Names
from tests.support.trading import BRAND_GLN, PLACE_GLN, Trading, message, now

pytestmark = pytest.mark.network


def available(trading: Trading, sku: int) -> int:
    """Units available at the first place."""
    call = stock_ledger.BalanceOf(sku, 0, trading.places[0]).calldata()
    height = final_height(trading.ledger)
    answer = trading.ledger.execution.call(trading.ledger.manifest.address("StockLedger"), call, height)
    return stock_ledger.decode_balance_of(answer) & (2**64 - 1)


def sequence(trading: Trading, lane: int) -> int:
    """Number of the next batch of a lane."""
    call = stock_ledger.NextSequence(address_of(trading.account), lane).calldata()
    height = final_height(trading.ledger)
    answer = trading.ledger.execution.call(trading.ledger.manifest.address("StockLedger"), call, height)
    return stock_ledger.decode_next_sequence(answer)


def test_a_poisoned_record_among_a_thousand(trading: Trading) -> None:
    sku, other, poisoned = trading.skus["SKU-000"], trading.skus["SKU-001"], trading.skus["SKU-002"]
    poster = trading.poster(1)
    poster.post([trading.receive("p-open-0", sku, 10_000), trading.receive("p-open-1", other, 10_000)])
    poster.wait()
    messages = [trading.sell(f"p-{number}", (sku, other)[number % 2], 1) for number in range(999)]
    messages.insert(500, trading.sell("p-poison", poisoned, 1))
    assert poster.post(messages) == 1_000
    # More in flight behind the poisoned batch.
    assert poster.post([trading.sell("p-behind", sku, 7)]) == 1
    poster.wait()
    status = poster.status("p-poison")
    assert status is not None
    assert status.block is None
    assert "SKU-002 at 69" in (status.refusal or "")
    assert (status.refusal or "").endswith("(StockOversell)")
    assert (available(trading, sku), available(trading, other)) == (10_000 - 500 - 7, 10_000 - 499)
    for name in ("p-0", "p-998", "p-behind"):
        found = poster.status(name)
        assert found is not None
        assert found.refusal is None
        assert found.block is not None
    # Both failed batches became one.
    assert sequence(trading, 1) == 2


def test_several_poisoned_records_and_nothing_else(trading: Trading) -> None:
    poster = trading.poster(2)
    empty = [trading.skus[f"SKU-{number:03}"] for number in range(3, 8)]
    poster.post([trading.sell(f"n-{sku}", sku, 1) for sku in empty])
    poster.wait()
    assert [status.refusal is not None for sku in empty if (status := poster.status(f"n-{sku}"))] == [True] * 5
    assert sequence(trading, 2) == 0
    poster.post([trading.receive("n-after", empty[0], 3)])
    poster.wait()
    assert (available(trading, empty[0]), sequence(trading, 2)) == (3, 1)


def test_many_oversells_are_sorted_out_with_few_questions(trading: Trading, monkeypatch: pytest.MonkeyPatch) -> None:
    poster, (sku, other) = trading.poster(8), trading.new_skus("MANY-0", "MANY-1")
    poster.post([trading.receive("o-open", sku, 100)])
    poster.wait()
    poster.post([trading.sell(f"o-{number}", (sku, other)[number % 2], 1) for number in range(1_600)])
    ask, asked = trading.ledger.execution.call_method, [0]

    def counted(method: str, *params: Any) -> Any:
        asked[0] += method == "eth_call" and params[0].get("from") is not None
        return ask(method, *params)

    monkeypatch.setattr(trading.ledger.execution, "call_method", counted)
    poster.wait()
    found = [poster.status(f"o-{number}") for number in range(1_600)]
    assert sum(status.block is not None for status in found if status) == 100
    assert sum("StockOversell" in (status.refusal or "") for status in found if status) == 1_500
    assert available(trading, sku) == 0
    # One for each batch that failed.
    assert asked[0] <= 10


def test_messages_count_once(trading: Trading) -> None:
    poster, sku = trading.poster(3), trading.skus["SKU-008"]
    first = [trading.receive("d-0", sku, 5), trading.receive("d-1", sku, 6)]
    assert poster.post([*first, first[0]]) == 2
    assert poster.post(list(reversed(first))) == 0
    poster.wait()
    assert Poster(trading.ledger, trading.sender(), lane=3).post([*first, trading.receive("d-2", sku, 7)]) == 1
    poster.wait()
    assert available(trading, sku) == 18
    changed = dataclasses.replace(first[0], movement=dataclasses.replace(first[0].movement, quantity=99))
    with pytest.raises(KeyReused, match="d-0"):
        poster.post([trading.receive("d-3", sku, 1), changed])
    assert poster.status("d-3") is None


def test_a_checked_post_is_refused_by_name_and_leaves_nothing(trading: Trading) -> None:
    poster, sku = trading.poster(4), trading.skus["SKU-009"]
    with pytest.raises(RuleViolation) as caught:
        poster.offer([trading.receive("c-0", sku, 1), trading.sell("c-1", sku, 2)])
    assert caught.value.details["reason"] == "StockOversell"
    assert caught.value.details["message_id"] == "c-1"
    assert poster.status("c-0") is None
    assert poster.offer([trading.receive("c-0", sku, 2), trading.sell("c-1", sku, 2)]).new == 2
    poster.wait()
    assert available(trading, sku) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sku": 0xFFF00001}, "StockUnknownSku"),
        ({"source": 999}, "StockUnknownPlace"),
        ({"source": 0}, "StockPlaceMismatch"),
        ({"target": 1}, "StockPlaceMismatch"),
        ({"at": 2**32 - 1}, "StockTimeInFuture"),
    ],
)
def test_bad_records_are_refused_by_name(trading: Trading, change: dict[str, Any], reason: str) -> None:
    poster = trading.poster(5)
    bad = message("bad", dataclasses.replace(trading.sell("x", trading.skus["SKU-010"], 1).movement, **change))
    with pytest.raises(RuleViolation) as caught:
        poster.offer([bad])
    assert (caught.value.details["reason"], caught.value.details["message_id"]) == (reason, "bad")
    assert sequence(trading, 5) == 0


@pytest.mark.parametrize("change", [{"quantity": 0}, {"quantity": 2**24}, {"target": 2**16}, {"at": -1}])
def test_bad_forms_are_refused_by_name(trading: Trading, change: dict[str, Any]) -> None:
    poster = trading.poster(5)
    bad = message("form", dataclasses.replace(trading.sell("x", trading.skus["SKU-010"], 1).movement, **change))
    with pytest.raises(InvalidInput, match="'form'"):
        poster.post([trading.receive("form-good", trading.skus["SKU-010"], 1), bad])
    assert poster.status("form-good") is None


def test_repeated_and_skipped_sequences_are_refused(trading: Trading) -> None:
    poster, sku = trading.poster(6), trading.skus["SKU-011"]
    poster.post([trading.receive("s-0", sku, 1)])
    poster.wait()
    height = final_height(trading.ledger)
    batch = Movements.of_messages([trading.receive("s-1", sku, 1)])
    contract = StockContract(trading.ledger, address_of(trading.account), 6)
    assert contract.next_sequence(height) == 1
    assert getattr(contract.refusal(batch, height, 0), "name", "") == "StockSequenceRepeated"
    assert getattr(contract.refusal(batch, height, 2), "name", "") == "StockSequenceSkipped"
    assert contract.refusal(batch, height, 1) is None


def test_a_lane_that_another_outbox_used_is_not_posted_twice(trading: Trading) -> None:
    """The same batch went out under another key, as after restoring an old outbox: nothing is posted again."""
    poster, sku = trading.poster(7), trading.skus["SKU-012"]
    messages = [trading.receive("t-0", sku, 4)]
    foreign = trading.sender()
    data = post_call(7, 0, Movements.of_messages(messages))
    foreign.submit_many([Request("foreign", trading.ledger.manifest.address("StockLedger"), data, MAX_TX_GAS)])
    poster.post(messages)
    with pytest.raises(LaneTaken):
        poster.wait()
    assert available(trading, sku) == 4


def test_a_stranger_and_a_suspended_account(trading: Trading) -> None:
    stranger = load_or_create_account(trading.ledger.home, "stranger")
    poster = Poster(trading.ledger, Sender(trading.ledger, stranger, trading.outbox), lane=0)
    movement = Movement(trading.skus["SKU-013"], Kind.RECEIVE, 0, trading.places[0], 1, now())
    with pytest.raises(RuleViolation, match="ConsortiumUnknownMember"):
        poster.offer([message("stranger", movement)])
    trading.administrator.register_accounts([(stranger, trading.brand, Role.CAPTURE_EVENTS)])
    with pytest.raises(RuleViolation, match="ConsortiumMissingRole"):
        poster.offer([message("stranger", movement)])
    suspend = SetAccount(address_of(stranger), Status.SUSPENDED, Role.POST_MOVEMENTS).calldata()
    trading.administrator.sender.run("suspend-stranger", CONSORTIUM_ADDRESS, suspend)
    with pytest.raises(RuleViolation, match="ConsortiumAccountSuspended"):
        poster.offer([message("stranger", movement)])


def test_numbers_stand_for_codes_glns_and_owners(trading: Trading) -> None:
    names, sku = LedgerNames(trading.ledger), trading.skus["SKU-003"]
    brand = f"organisation {trading.brand} (GLN {BRAND_GLN})"
    address = address_of(trading.account)
    assert (names.sku(sku), names.place(trading.places[0])) == ("SKU-003", str(PLACE_GLN))
    assert (names.organisation(trading.brand), names.account(address)) == (brand, f"{hex_bytes(address)} of {brand}")
    plain = Names()
    assert (names.sku(0xFFF00001), names.place(999)) == (plain.sku(0xFFF00001), plain.place(999))
    assert (names.place(0), names.organisation(999)) == ("outside the ledger", "organisation 999")
    assert names.account(b"\x01" * 20) == plain.account(b"\x01" * 20)
