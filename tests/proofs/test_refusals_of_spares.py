"""Evidence that no view asked for, old negatives, and documents that are not given."""

from __future__ import annotations

from typing import Any

import pytest

from liveledger.domain.documents import MAX_EVENT_BYTES, MAX_EVENT_DEPTH, MAX_SAFE_INTEGER, breach
from liveledger.verifier import Code, Question
from liveledger.verifier.views.item_events import names_item
from tests.proofs.refusing import edited, expect, fresh
from tests.proofs.scenario import HEX_POSTER, ITEM, POSTER, QUESTIONS, Case, ask, case, event, ledger

SPARE_READING = {"index": 1, "value": "7", "path": []}


def test_leaves_of_an_unknown_sku() -> None:
    asked = ask("sku-movements/2", {**QUESTIONS["sku-movements/2"], "sku": "nope"})
    bundle = edited(asked)
    bundle["evidence"]["leaves"] = case("sku-movements/2").bundle["evidence"]["leaves"]
    expect(8, Code.LEAF_PROOF, asked, bundle)


def test_a_receipt_of_an_unknown_batch() -> None:
    asked = ask("movement/2", {**QUESTIONS["movement/2"], "sequence": "99"})
    bundle = edited(asked)
    bundle["evidence"]["receipt"] = {"index": 5, "nodes": ["0xdeadbeef"]}
    expect(8, Code.RECEIPT_PROOF, asked, bundle)


@pytest.mark.parametrize("changed", [{"sequence": "77"}, {"device": "0x" + "11" * 32}])
def test_a_reading_of_an_unknown_report_or_another_device(changed: dict[str, str]) -> None:
    asked = ask("reading/1", {**QUESTIONS["reading/1"], **changed})
    bundle = edited(asked)
    bundle["evidence"]["reading"] = SPARE_READING
    expect(8, Code.LEAF_PROOF, asked, bundle)


def test_an_old_block_without_the_batch_is_a_step_back(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = {"poster": HEX_POSTER, "lane": "0", "sequence": "2", "index": "0"}
    with monkeypatch.context() as patch:
        patch.delitem(ledger().places, (POSTER, 0, 2))
        old = ask("movement/2", parameters, height=3)
    assert not old.verify().answer["known_batch"]
    expect(2, Code.BELOW_ANCHOR, old, minimum_height=8)
    assert ask("movement/2", parameters).verify(minimum_height=8).answer["known_batch"]
    assert case("transaction/1").verify(minimum_height=8).block == 2


def test_withheld_documents_are_counted() -> None:
    asked = case("item-events/1")
    assert "contents of 1 event not given: its hash is proven" in str(asked.verify().supports.complete)
    bundle = edited(asked)
    bundle["evidence"]["documents"] = [None] * 3
    for entry in bundle["answer"]["events"]:
        entry.update(event=None, names_item=None)
    assert "contents of 3 events not given: their hashes" in str(asked.verify(bundle).supports.complete)


def test_an_event_that_names_no_item_names_itself() -> None:
    assert names_item({"eventID": "urn:uuid:1", "readPoint": {"id": "x"}}, "urn:uuid:1")
    assert not names_item({"eventID": "urn:uuid:1", "epcList": [ITEM]}, "urn:uuid:1")
    assert not names_item({}, ITEM)


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"x": value}
    return value


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        (nested(MAX_EVENT_DEPTH + 1), ("x",) * MAX_EVENT_DEPTH),
        ({"a": [0, 1e20]}, ("a", 1)),
        ({"a": MAX_SAFE_INTEGER + 1}, ("a",)),
        ({"a": "x" * MAX_EVENT_BYTES}, ()),
        ({"a": float("nan")}, ()),
    ],
)
def test_limits_of_events(bad: dict[str, Any], path: tuple[str | int, ...]) -> None:
    found = breach(bad)
    assert found is not None
    assert found.path == path


def test_what_keeps_the_limits_is_proven_and_what_breaks_them_is_not_given() -> None:
    good = [nested(MAX_EVENT_DEPTH), {"a": float(MAX_SAFE_INTEGER), "b": 1e21}, {"a": "x" * (MAX_EVENT_BYTES - 8)}]
    assert list(map(breach, good)) == [None] * 3
    for content, given in [*((entry, True) for entry in good), (nested(45), False), (event(v=1e20), False)]:
        chain = fresh()
        chain.capture(ITEM, content)
        chain.mine()
        chain.mine()
        question = Question.parse({"view": "item-events/1", "parameters": {"item": ITEM}})
        bundle = chain.prover().prove(question)
        (entry,) = Case(question, chain.anchor(0), bundle).verify().answer["events"]
        assert (entry["event"] is not None) == given
