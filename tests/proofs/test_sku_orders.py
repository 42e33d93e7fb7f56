"""sku-orders/1: the list of a SKU's orders is whole; what no contract of ours writes is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from liveledger.domain.errors import InvalidInput
from liveledger.domain.orders import OrderEnded, OrderStatus, orders_stream
from liveledger.prover.errors import ProofBroken
from liveledger.verifier import Question, Refusal, layout
from liveledger.verifier.refusal import Code
from tests.proofs.scenario import CODE, HEX_POSTER, ORDERS, SKU, ask, case
from tests.simulators.ledger import SimulatedLedger


def bundle() -> dict[str, Any]:
    return copy.deepcopy(case("sku-orders/1").bundle)


def test_orders_and_their_ends() -> None:
    found = case("sku-orders/1").verify()
    assert (found.answer["known_sku"], found.answer["count"]) == (True, "3")
    first, second, end = found.answer["entries"]
    assert (first["entry"], first["kind"], first["source"], first["to"]) == ("made", "place", "4", "3")
    assert (first["quantity"], first["order"]) == ("90", str(SKU << 64))
    assert (second["kind"], second["source"], second["order"]) == ("supplier", "2", str(SKU << 64 | 1))
    assert (end["entry"], end["order"], end["status"], end["received"]) == ("ended", first["order"], "closed", "88")
    assert {entry["poster"] for entry in found.answer["entries"]} == {HEX_POSTER}
    assert "all 3 entries of orders, in order, none left out" in str(found.supports.complete)


def test_a_page_and_a_sku_that_is_not_known() -> None:
    page = ask("sku-orders/1", {"brand": "7", "sku": CODE, "first": "1", "limit": "1"}).verify().answer
    assert [entry["index"] for entry in page["entries"]] == ["1"]
    unknown = ask("sku-orders/1", {"brand": "7", "sku": "none"}).verify().answer
    assert unknown == {"known_sku": False, "count": "0", "entries": []}


@pytest.mark.parametrize("order", [[0, 1], [1, 2], [0, 2], [0, 2, 1], [0, 1, 1, 2]])
def test_an_entry_left_out_doubled_or_moved_is_refused(order: list[int]) -> None:
    changed = bundle()
    leaves, entries = changed["evidence"]["leaves"]["page"], changed["answer"]["entries"]
    changed["evidence"]["leaves"]["page"] = [leaves[at] for at in order]
    changed["answer"]["entries"] = [entries[at] | {"index": str(i)} for i, at in enumerate(order)]
    changed["answer"]["count"] = str(len(order))
    with pytest.raises(Refusal) as refused:
        case("sku-orders/1").verify(changed)
    assert refused.value.stable_code == Code.INCOMPLETE


@pytest.mark.parametrize(
    ("n", "payload", "why"),
    [
        (2, ORDERS[0].encode(), "covers 2 entries"),
        (1, ORDERS[0].encode()[:-1], "leaf of entry 0"),
        (1, OrderEnded(0, OrderStatus.CLOSED, 1, 1).encode(), "not made before"),
    ],
    ids=["two", "cut", "too early"],
)
def test_a_leaf_that_no_contract_of_ours_writes_is_refused(n: int, payload: bytes, why: str) -> None:
    ledger = SimulatedLedger()
    for name in (layout.STOCK_LEDGER, layout.REPLENISHMENT):
        ledger.deploy(name)
    ledger.register_sku()
    ledger.append(layout.REPLENISHMENT, orders_stream(SKU), n, payload)
    for _ in range(3):
        ledger.mine()
    question = Question.parse({"view": "sku-orders/1", "parameters": {"brand": "7", "sku": CODE}})
    with pytest.raises(ProofBroken, match=why):  # the prover reads its own answer as a verifier does
        ledger.prover().prove(question)


def test_junk_parameters_are_refused() -> None:
    for parameters in ({}, {"brand": "7"}, {"brand": "70000", "sku": "A"}, {"brand": "7", "sku": ""}):
        with pytest.raises(InvalidInput, match="parameters"):
            ask("sku-orders/1", parameters)
