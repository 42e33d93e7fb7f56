"""Every view, with what it must answer, in good cases and in proven negatives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveledger.domain.errors import InvalidInput
from liveledger.verifier import Question, Refusal, encode_bundle, layout, verify
from liveledger.verifier.views.stock import MAX_LOTS
from liveledger_cli.stock.pages import merged
from tests.proofs.scenario import (
    AGREEMENT,
    FEED,
    HEX_POSTER,
    ITEM,
    LOSS,
    OTHER_ITEM,
    PLACE_GLN,
    QUESTIONS,
    READINGS,
    SENSOR_FEED,
    ask,
    case,
    ledger_of,
)
from tests.simulators.ledger import SimulatedLedger


@pytest.mark.parametrize("view", QUESTIONS)
def test_every_view_is_proven_from_genesis_on(view: str) -> None:
    verdict = case(view).verify()
    assert verdict.answer == case(view).bundle["answer"]
    assert str(verdict.block) in verdict.supports.unchanged
    assert verdict.age < 200


def answer(view: str, parameters: dict[str, Any], height: int | None = None) -> dict[str, Any]:
    asked = ask(view, parameters, height)
    return asked.verify().answer


def test_stock() -> None:
    assert case("stock/2").verify().answer == {
        "known_sku": True,
        "known_lot": True,
        "known_place": True,
        "available": "30",
        "reserved": "1",
        "in_transit": "5",
        "held": "0",
    }
    without = answer("stock/2", {**QUESTIONS["stock/2"], "lot": ""})
    assert (without["available"], without["held"], without["known_lot"]) == ("120", "2", True)
    unknown = answer("stock/2", {**QUESTIONS["stock/2"], "lot": "another"})
    assert (unknown["available"], unknown["known_lot"]) == ("0", False)


def test_stock_of_all_lots() -> None:
    verdict = case("stock-lots/2").verify()
    lanes = {"available": "150", "reserved": "8", "in_transit": "5", "held": "2"}
    assert verdict.answer == {
        "known_sku": True,
        "known_place": True,
        "count": "2",
        **lanes,
        "by_lot": [
            {"lot": "0", "available": "120", "reserved": "7", "in_transit": "0", "held": "2"},
            {"lot": "1", "available": "30", "reserved": "1", "in_transit": "5", "held": "0"},
        ],
    }
    nothing = answer("stock-lots/2", {**QUESTIONS["stock-lots/2"], "sku": "nothing"})
    assert (nothing["known_sku"], nothing["count"], nothing["by_lot"]) == (False, "1", [])


def test_a_lot_left_out_is_refused() -> None:
    asked = case("stock-lots/2")
    fewer = json.loads(json.dumps(asked.bundle))
    fewer["evidence"]["contracts"]["StockLedger"]["storage"].pop()
    fewer["answer"]["by_lot"].pop()
    with pytest.raises(Refusal) as refused:
        asked.verify(fewer)
    assert refused.value.as_dict()["code"] == "storage-proof"


def test_a_page_of_lots() -> None:
    found = answer("stock-lots/2", {**QUESTIONS["stock-lots/2"], "first": "1", "limit": "1"})
    assert (found["count"], found["available"], len(found["by_lot"])) == ("2", "30", 1)
    beyond = answer("stock-lots/2", {**QUESTIONS["stock-lots/2"], "first": "2"})
    assert (beyond["available"], beyond["by_lot"]) == ("0", [])
    for bad in ({"limit": "201"}, {"limit": "0"}):
        with pytest.raises(InvalidInput):
            Question.parse({"view": "stock-lots/2", "parameters": {**QUESTIONS["stock-lots/2"], **bad}})


def test_as_many_lots_as_a_page_may_have_can_be_proven() -> None:
    many = SimulatedLedger()
    for name in layout.LISTED:
        many.deploy(name, version=2 if name == layout.STOCK_LEDGER else 1)
    many.register_place()
    many.register_sku()
    for lot in range(1, 2 * MAX_LOTS):
        many.register_lot(f"L-{lot}", lot)
        many.set_balance((lot, 0, 0, 0), lot=lot)
    many.mine()
    many.mine()
    answers = []
    for first in (0, MAX_LOTS):
        page = {**QUESTIONS["stock-lots/2"], "first": str(first), "limit": str(MAX_LOTS)}
        question = Question.parse({"view": "stock-lots/2", "parameters": page})
        bundle = many.prover().prove(question)
        verdict = verify(encode_bundle(bundle), anchor=many.anchor(0), question=question, now=1_700_000_100)
        answers.append(verdict.answer)
    assert [len(found["by_lot"]) for found in answers] == [MAX_LOTS - 1, MAX_LOTS]
    whole = merged(answers)
    assert (whole["count"], whole["available"]) == (str(2 * MAX_LOTS), str(sum(range(2 * MAX_LOTS))))
    assert [entry["lot"] for entry in whole["by_lot"]] == [str(lot) for lot in range(1, 2 * MAX_LOTS)]


@pytest.mark.parametrize(
    ("changed", "sku", "place"),
    [({"sku": "nothing"}, False, True), ({"place": "0000000000017"}, True, False), ({"brand": "8"}, False, True)],
)
def test_unknown_sku_and_place_are_proven(changed: dict[str, str], sku: bool, place: bool) -> None:
    found = answer("stock/2", {**QUESTIONS["stock/2"], **changed})
    assert (found["known_sku"], found["known_place"], found["available"]) == (sku, place, "0")


def test_stock_before_anything_was_posted_is_zero() -> None:
    found = answer("stock/2", QUESTIONS["stock/2"], height=1)
    assert (found["known_sku"], found["known_place"], found["available"]) == (True, True, "0")


@pytest.mark.parametrize(("first", "limit"), [(f, n) for f in range(8) for n in (1, 2, 3, 10)])
def test_pages_of_movements(first: int, limit: int) -> None:
    parameters = {"brand": "7", "sku": "85123A", "first": str(first), "limit": str(limit)}
    found = answer("sku-movements/2", parameters)
    assert found["count"] == "6"
    assert [entry["index"] for entry in found["movements"]] == [str(i) for i in range(first, min(first + limit, 6))]
    for entry in found["movements"]:
        assert entry["quantity"] == str(int(entry["index"]) + 1)


def test_movements_of_an_unknown_sku() -> None:
    found = answer("sku-movements/2", {"brand": "7", "sku": "?", "first": "0", "limit": "5"})
    assert found == {"known_sku": False, "count": "0", "movements": []}


def test_events_of_an_item_with_an_erased_document() -> None:
    verdict = case("item-events/1").verify()
    events = verdict.answer["events"]
    assert verdict.answer["count"] == "3"
    assert [entry["names_item"] for entry in events] == [True, True, None]
    assert events[2]["event"] is None
    assert events[2]["corrects"] == events[1]["event_hash"]
    assert verdict.supports.complete is not None
    assert "all 3 events" in verdict.supports.complete
    assert HEX_POSTER in (verdict.supports.issuer or "")


def test_an_unknown_item_is_proven_to_have_no_event() -> None:
    assert answer("item-events/1", {"item": OTHER_ITEM}) == {"count": "0", "events": []}


def test_a_page_of_events() -> None:
    found = answer("item-events/1", {"item": ITEM, "first": "1", "limit": "1"})
    assert len(found["events"]) == 1
    assert found["events"][0]["event"]["action"] == "OBSERVE"


def test_batches_of_a_poster() -> None:
    found = case("poster-batches/1").verify().answer
    assert [entry["sequence"] for entry in found["batches"]] == ["0", "1", "2"]
    assert [entry["movements"] for entry in found["batches"]] == ["4", "1", "2"]
    assert answer("poster-batches/1", {"poster": HEX_POSTER, "lane": "9"}) == {"count": "0", "batches": []}


def test_one_movement() -> None:
    found = case("movement/2").verify().answer
    assert found["movement"]["sku"] == str(7 << 20 | 6)
    assert found["movement"]["kind"] == "receive"
    beyond = answer("movement/2", {**QUESTIONS["movement/2"], "index": "4"})
    assert (beyond["known_batch"], beyond["movement"]) == (True, None)
    unknown = answer("movement/2", {**QUESTIONS["movement/2"], "sequence": "3"})
    assert unknown == {"known_batch": False, "batch": None, "movement": None}
    none = answer("movement/2", {**QUESTIONS["movement/2"], "lane": "5"})
    assert not none["known_batch"]


def test_settlement_is_computed_again() -> None:
    found = case("settlement/1").verify().answer
    settled = found["settlements"][0]
    assert settled["loss_fen"] == str(LOSS)
    assert int(settled["brand_fen"]) + int(settled["supplier_fen"]) == LOSS
    assert settled["inputs"][0]["overstock"] == "200"
    assert (found["known"], found["terms"]["brand_bps"], found["count"]) == (True, "7000", "1")
    assert (found["terms"]["supplier"], found["terms"]["forecaster"]) == ("9", "11")


def test_agreement_without_settlement_and_unknown_agreement() -> None:
    early = answer("settlement/1", {"agreement": "0x" + AGREEMENT.hex()}, height=5)
    assert (early["known"], early["count"]) == (True, "0")
    unknown = answer("settlement/1", {"agreement": "0x" + "77" * 32})
    assert unknown == {"count": "0", "known": False, "terms": None, "settlements": []}


def test_reports() -> None:
    found = case("reports/1").verify().answer
    assert [entry["payload"] for entry in found["reports"]][1] == "0x" + b"second".hex()
    assert answer("reports/1", {"feed": "0x" + FEED.hex(), "first": "1", "limit": "9"})["reports"][0]["sequence"] == "1"


def test_reading_and_what_is_not_there() -> None:
    found = case("reading/1").verify().answer
    assert found["reading"]["value_milli"] == str(READINGS[5][1])
    assert found["reading"]["min_milli"] == str(READINGS[5][1])
    later = answer("reading/1", {**QUESTIONS["reading/1"], "sequence": "1"})
    assert later == {"known_report": False, "device_matches": False, "reading": None}
    other = answer("reading/1", {**QUESTIONS["reading/1"], "device": "0x" + "01" * 32})
    assert other == {"known_report": True, "device_matches": False, "reading": None}


def test_transaction_and_a_reverted_one() -> None:
    found = case("transaction/1").verify().answer
    assert found == {"block": "2", "index": "1", "type": "2", "succeeded": False, "logs": "0"}


def test_storage_of_an_account_that_does_not_exist() -> None:
    found = answer("raw-storage/1", {"address": "0x" + "77" * 20, "slots": ["0x" + "00" * 32]})
    assert found == {"code_hash": None, "values": [None]}
    assert case("raw-storage/1").verify().answer["values"] == ["0x" + (3).to_bytes(32).hex(), None]


def test_every_anchor_not_newer_than_a_bundle_accepts_it() -> None:
    for view in QUESTIONS:
        asked = case(view)
        top = int(asked.bundle["light_block"]["header"]["height"])
        for height in range(top):
            assert asked.verify(anchor=ledger_of(view).anchor(height)).answer == asked.bundle["answer"]


def test_place_gln_has_thirteen_digits() -> None:
    assert len(str(PLACE_GLN)) == 13
    assert SENSOR_FEED != FEED
