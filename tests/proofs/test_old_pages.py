"""Pages of long lists: what stands far behind the newest entry is proven at an older block, and stays true."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.orders import orders_stream
from liveledger.domain.streams import ACTS_STREAM, return_stream
from liveledger.prover import hints, recorder
from liveledger.prover.errors import BundleTooLarge, TooFarBehind
from liveledger.verifier import Question, Verdict, encode_bundle, layout, verify
from liveledger.verifier.refusal import Code, Refusal
from tests.proofs.scenario import (
    ACTS,
    FEED,
    GRADINGS,
    HEX_POSTER,
    ITEM,
    ORDERS,
    OWN,
    event,
    movement,
    report_sided,
)
from tests.simulators.chain import BRAND, CODE, PLACE_GLN, SKU
from tests.simulators.ledger import SimulatedLedger

BLOCKS, MOST, ENOUGH = 40, 12, 6
NOW = 1_700_000_100
GOODS = {"brand": str(BRAND), "sku": CODE}
# Parameters, the list's name in the answer, the name of an entry's number.
LISTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "sku-movements/2": (GOODS, "movements", "index"),
    "poster-batches/1": ({"poster": HEX_POSTER, "lane": "0"}, "batches", "sequence"),
    "acts/1": ({"contract": "Governance"}, "acts", "index"),
    "reports/1": ({"feed": "0x" + FEED.hex()}, "reports", "sequence"),
    "sku-returns/2": (GOODS, "entries", "index"),
    "sku-orders/2": (GOODS, "entries", "index"),
    "capital/3": ({"brand": str(BRAND)}, "reports", "index"),
    "place-accuracy/3": ({"place": str(PLACE_GLN)}, "records", "sequence"),
}


@functools.cache
def ledger() -> SimulatedLedger:
    """One entry of each list a block."""
    made = SimulatedLedger()
    versions = {layout.STOCK_LEDGER: 2, layout.ACCURACY: 3, layout.STOCK_HEALTH: 2}
    for name in layout.LISTED:
        made.deploy(name, version=versions.get(name, 1))
    made.register_place()
    made.register_sku()
    made.mine()
    capital = None
    for number in range(BLOCKS):
        made.post([movement(number)])
        made.append(layout.GOVERNANCE, ACTS_STREAM, 1, ACTS[number % 2])
        made.report(FEED, number.to_bytes(4))
        capital = report_sided(made, capital, OWN, 34, ago=(BLOCKS - number) * 86_400)
        made.compare(900)
        made.append(layout.RETURNS, return_stream(SKU), 1, GRADINGS[1].payload())
        made.append(layout.REPLENISHMENT, orders_stream(SKU), 1, ORDERS[0].encode())
        made.capture(ITEM, event())
        made.mine()
    made.mine()
    return made


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle has room for a dozen leaves."""
    monkeypatch.setattr(recorder, "MAX_LEAVES", MOST)
    monkeypatch.setattr(recorder, "_ENOUGH_LATER", ENOUGH)


def question(view: str, first: int, limit: int, **others: str) -> Question:
    named = LISTS[view][0] if view in LISTS else others
    return Question.parse({"view": view, "parameters": {**named, "first": str(first), "limit": str(limit)}})


def proven(asked: Question, *, height: int | None = None, seen: int = 0) -> Verdict:
    """What the server gives, checked by a client that has seen a block."""
    bundle = encode_bundle(ledger().prover().prove(asked, height=height))
    return verify(bundle, anchor=ledger().anchor(0), question=asked, now=NOW, minimum_height=seen)


@pytest.mark.parametrize("view", LISTS)
@pytest.mark.parametrize("first", [0, 1, 10, 25])
def test_an_old_page_is_proven_at_an_older_block(view: str, first: int) -> None:
    newest = ledger().prover().verifiable()
    found = proven(question(view, first, 2), seen=newest + 1)
    assert found.block < newest
    _, noun, key = LISTS[view]
    assert [entry[key] for entry in found.answer[noun]] == [str(first), str(first + 1)]
    assert first + 2 < int(found.answer["count"]) < BLOCKS


@pytest.mark.parametrize("view", LISTS)
def test_a_page_near_the_end_is_proven_at_the_newest_block(view: str) -> None:
    newest = ledger().prover().verifiable()
    for first in (BLOCKS - MOST - 2, BLOCKS - 3, BLOCKS - 2, BLOCKS + 5):
        assert proven(question(view, first, 2), seen=newest).block == newest


@pytest.mark.parametrize("view", LISTS)
def test_what_was_the_end_of_a_list_is_not_its_end_for_ever(view: str) -> None:
    """A server that steps back cannot pass off an old end as the newest entries, nor an old "none" for now."""
    seen = ledger().prover().verifiable()
    count = int(proven(question(view, 0, 2), height=10).answer["count"])
    for first, limit in ((count - 2, 2), (count - 1, 5), (count, 2), (count + 7, 2)):
        asked = question(view, first, limit)
        assert proven(asked, height=10).block == 10
        with pytest.raises(Refusal) as caught:
            proven(asked, height=10, seen=seen)
        assert caught.value.stable_code == Code.BELOW_ANCHOR
    assert proven(question(view, count - 3, 2), height=10, seen=seen).block == 10


def test_a_list_that_says_more_than_its_entries_is_not_free_to_be_old() -> None:
    """Documents of an item's events come and go."""
    with pytest.raises(TooFarBehind, match="more than 12 leaves"):
        proven(question("item-events/1", 0, 2, item=ITEM))
    with pytest.raises(Refusal, match="seen before"):
        proven(question("item-events/1", 0, 2, item=ITEM), height=10, seen=20)


def test_a_view_whose_old_pages_are_bound_names_the_later_one() -> None:
    for view, later in (("capital/1", "capital/3"), ("capital/2", "capital/3"), ("sku-orders/1", "sku-orders/2")):
        named = GOODS if view.startswith("sku") else {"brand": str(BRAND)}
        hint = hints.for_near(question(view, 0, 2, **named), at_block=False)
        assert hint == f"ask {later}: its old pages are proven at an older block"


def test_the_very_block_that_was_asked_for_is_proven_or_none() -> None:
    with pytest.raises(TooFarBehind):
        proven(question("acts/1", 0, 2), height=ledger().prover().verifiable())


def test_a_page_of_more_leaves_than_fit_is_too_large() -> None:
    with pytest.raises(BundleTooLarge, match="in the page") as caught:
        proven(question("acts/1", 0, MOST + 1))
    assert not isinstance(caught.value, TooFarBehind)


def test_a_node_that_forgot_says_where_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    execution, newest = ledger().execution, ledger().prover().verifiable()
    prove = execution.proof

    def forgetful(address: bytes, slots: Any, block: int) -> Any:
        if block < newest:
            raise RpcError("missing trie node", rpc_code=-32000)
        return prove(address, slots, block)

    monkeypatch.setattr(execution, "proof", forgetful)
    with pytest.raises(TooFarBehind) as caught:
        proven(question("acts/1", 0, 2))
    assert "archive" in caught.value.hint
    assert proven(question("acts/1", BLOCKS - 2, 2)).answer["count"] == str(BLOCKS)


def test_an_entry_left_out_of_an_old_page_is_noticed() -> None:
    asked = question("sku-movements/2", 3, 2)
    bundle = json.loads(encode_bundle(ledger().prover().prove(asked)))
    bundle["evidence"]["leaves"]["later"].pop(1)
    with pytest.raises(Refusal) as caught:
        verify(encode_bundle(bundle), anchor=ledger().anchor(0), question=asked, now=NOW)
    assert caught.value.stable_code == Code.INCOMPLETE
