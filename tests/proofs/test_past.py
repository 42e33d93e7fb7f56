"""An old block under a newer header: what stays true for ever is proven, what was true then is no answer for now."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable
from typing import Any

import pytest

from liveledger.bindings.block_hashes import RUNTIME_CODE
from liveledger.domain import block_hashes as hashes
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger.prover.errors import NothingToProve, ProofBroken, ProofPending
from liveledger.verifier import Code, Question, Refusal, TrustAnchor, Verdict, encode_bundle, verify
from liveledger.verifier.renewal import NotLasting, Saved, renew
from tests.proofs import scenario
from tests.proofs.splicing import with_past
from tests.simulators.execution import Contract
from tests.simulators.ledger import SimulatedLedger

OLD, FAR, MOST = 6, 9_500, 6_000
LASTING: dict[str, dict[str, Any]] = {
    "sku-movements/2": {"brand": "7", "sku": scenario.CODE, "first": "1", "limit": "2"},
    "poster-batches/1": {"poster": scenario.HEX_POSTER, "lane": "0", "first": "0", "limit": "1"},
    "movement/2": scenario.QUESTIONS["movement/2"],
    "transaction/1": {"hash": "0x"},
    "acts/1": {"contract": "Governance", "first": "0", "limit": "2"},
}
PASSING = ("raw-storage/1", "stock/2", "stock-lots/2", "item-events/1", "settlement/1", "capital/1", "place-accuracy/1")


@functools.cache
def aged() -> SimulatedLedger:
    """A ledger with something of everything, then nine thousand blocks of nothing; its first batches are archived."""
    ledger = scenario.build()
    ledger.leap(FAR)
    ledger.archive_hashes(0, 1, 3)
    ledger.mine()
    ledger.keep_hashes(FAR, FAR - 1)
    ledger.mine()
    ledger.mine()
    return ledger


def newer() -> TrustAnchor:
    """An anchor that stands long after the old block, and below the newest header."""
    return aged().anchor(FAR + 1)


def question(view: str) -> Question:
    parameters = dict(LASTING.get(view) or scenario.QUESTIONS[view])
    if view == "transaction/1":
        parameters["hash"] = "0x" + keccak(aged().execution.raw_transactions(2)[1]).hex()
    return Question.parse({"view": view, "parameters": parameters})


def block_of(view: str) -> int:
    """Views about a transaction stand at its block."""
    return 2 if view in ("movement/2", "transaction/1") else OLD


@functools.cache
def saved(view: str, form: int) -> dict[str, Any]:
    found: dict[str, Any] = aged().prover().prove(question(view), height=OLD, form=form)
    return found


@functools.cache
def head(block: int = OLD) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(aged().prover().head(block, since=newer().height)))
    return found


def check(bundle: dict[str, Any] | bytes, view: str, **options: Any) -> Verdict:
    data = bundle if isinstance(bundle, bytes) else encode_bundle(bundle)
    options = {"anchor": newer(), "question": question(view), "now": aged().now + 20, **options}
    return verify(data, **options)


def refused(bundle: dict[str, Any], view: str = "movement/2", **options: Any) -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        check(bundle, view, **options)
    return int(caught.value.step), caught.value.stable_code


def size(bundle: dict[str, Any]) -> int:
    """Bytes without the changes of the validators, which a newer anchor leaves out."""
    return len(encode_bundle({**bundle, "set_changes": []}))


@pytest.mark.parametrize("view", LASTING)
def test_what_stays_true_is_proven_under_a_newer_header(view: str, tell: Callable[[str], None]) -> None:
    """By an anchor that is newer than the block, with the age and the height of the signed header."""
    renewed = aged().prover().prove(question(view), height=OLD, since=newer().height)
    verdict = check(renewed, view, max_age=60, minimum_height=FAR)
    assert (verdict.block, verdict.under) == (block_of(view), FAR + 2)
    assert verdict.lasting
    assert verdict.block_time < verdict.header_time.seconds - FAR // 2
    assert verdict.answer == saved(view, 1)["answer"]
    assert refused(saved(view, 1), view) == (2, "below-anchor")
    more = size(renewed) - size(saved(view, 2))
    assert 0 < more <= MOST
    tell(f"the way back of a simulated ledger: {more:,} bytes more for {view}")


@pytest.mark.parametrize("view", LASTING)
@pytest.mark.parametrize("form", [1, 2])
def test_a_saved_bundle_is_renewed_as_the_prover_would_write_it(view: str, form: int) -> None:
    made = renew(Saved.parse(encode_bundle(saved(view, form))), head(block_of(view)), newer())
    assert made == aged().prover().prove(question(view), height=OLD, since=newer().height)


def test_a_renewed_bundle_is_renewed_again() -> None:
    first = renew(Saved.parse(encode_bundle(saved("movement/2", 1))), head(2), newer())
    again = renew(Saved.parse(encode_bundle(first)), head(2), newer())
    assert again == first
    assert check(again, "movement/2").block == 2


@pytest.mark.parametrize("view", PASSING)
@pytest.mark.parametrize("form", [1, 2])
def test_what_was_true_then_cannot_be_renewed(view: str, form: int) -> None:
    with pytest.raises(NotLasting, match="may have changed since"):
        renew(Saved.parse(encode_bundle(saved(view, form))), head(), newer())


@pytest.mark.parametrize("view", PASSING)
def test_what_was_true_then_is_refused_as_an_answer_for_now(view: str) -> None:
    """Whatever age is allowed: the signed header is of today, the stock is not."""
    forged = with_past(saved(view, 2), head())
    for options in ({}, {"max_age": 1 << 40}, {"max_age": 60}):
        assert refused(forged, view, **options) == (6, "stale")
    own = aged().anchor(0)
    assert check(saved(view, 2), view, anchor=own).answer == saved(view, 2)["answer"]


def test_a_page_that_reaches_the_end_is_an_end_of_then() -> None:
    parameters = {"contract": "Governance", "first": "0", "limit": "100"}
    asked = Question.parse({"view": "acts/1", "parameters": parameters})
    whole = aged().prover().prove(asked, height=OLD, form=2)
    with pytest.raises(Refusal) as caught:
        verify(encode_bundle(with_past(whole, head())), anchor=newer(), question=asked, now=aged().now)
    assert caught.value.stable_code == Code.STALE


def test_age_and_height_are_those_of_the_signed_block() -> None:
    renewed = aged().prover().prove(question("movement/2"), since=newer().height)
    signed = aged().consensus.height()
    assert refused(renewed, max_age=5, now=aged().now + 60) == (6, "stale")
    assert check(renewed, "movement/2", minimum_height=signed - 1).block == 2
    # Free of it, as every lasting answer: an older header takes nothing back.
    assert check(renewed, "movement/2", minimum_height=signed).block == 2


def test_a_recent_block_comes_out_of_the_engines_own_window() -> None:
    made = aged().prover().head(FAR, since=0)
    assert made["past"]["path"] is None
    ledger = aged()
    parameters = {"address": "0x" + "77" * 20, "slots": ["0x" + "00" * 32]}
    asked = Question.parse({"view": "raw-storage/1", "parameters": parameters})
    spliced = with_past(ledger.prover().prove(asked, height=FAR, form=2), made)
    with pytest.raises(Refusal) as caught:
        verify(encode_bundle(spliced), anchor=ledger.anchor(0), question=asked, now=ledger.now)
    assert caught.value.stable_code == Code.STALE  # so far the way held


def test_what_the_prover_lacks_it_says() -> None:
    prover = aged().prover()
    with pytest.raises(NothingToProve, match="batch 2, which holds block 2100, are not archived") as missing:
        prover.head(2_100, since=0)
    assert "liveledger past archive" in missing.value.hint
    for block in (FAR + 2, FAR + 3):
        with pytest.raises((NothingToProve, ProofPending)):
            prover.head(block, since=0)


def spoilt(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    bundle = copy.deepcopy(aged().prover().prove(question("movement/2"), since=newer().height))
    change(bundle)
    return bundle


def other_header(bundle: dict[str, Any]) -> None:
    """A true header of another block of the same batch."""
    bundle["past"]["execution_header"] = "0x" + aged().execution.header_rlp(3).hex()


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], Any], tuple[int, str]]] = {
    "no way back": (lambda one: one.update(past=None), (7, "account-proof")),
    "not an object": (lambda one: one.update(past=[]), (1, "shape")),
    "a field more": (lambda one: one["past"].update(more=1), (1, "shape")),
    "a field less": (lambda one: one["past"].pop("path"), (1, "shape")),
    "nine siblings": (lambda one: one["past"]["path"].pop(), (1, "shape")),
    "eleven siblings": (lambda one: one["past"]["path"].append("0x" + "00" * 32), (1, "shape")),
    "a short sibling": (lambda one: one["past"]["path"].__setitem__(3, "0x00"), (1, "shape")),
    "no header": (lambda one: one["past"].update(execution_header="0x"), (5, "app-hash")),
    "a long header": (lambda one: one["past"].update(execution_header="0x" + "00" * 4_097), (1, "shape")),
    "another block's header": (other_header, (5, "app-hash")),
    "the signed header itself": (
        lambda one: one["past"].update(execution_header=one["execution_header"]),
        (5, "app-hash"),
    ),
    "another sibling": (lambda one: one["past"]["path"].__setitem__(9, "0x" + "11" * 32), (5, "app-hash")),
    "turned siblings": (lambda one: one["past"]["path"].reverse(), (5, "app-hash")),
    "beyond the window": (lambda one: one["past"].update(path=None), (5, "app-hash")),
    "a node less": (lambda one: one["nodes"].pop(0), (7, "account-proof")),
    "no nodes": (lambda one: one["nodes"].clear(), (7, "account-proof")),
    "two nodes turned": (lambda one: one["nodes"].insert(0, one["nodes"].pop(1)), (7, "account-proof")),
    "a node more": (lambda one: one["nodes"].append("0x" + "22" * 40), (8, "storage-proof")),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_way_is_refused_by_name(name: str) -> None:
    change, expected = SPOILT[name]
    assert refused(spoilt(change)) == expected


def test_form_1_has_no_way_back() -> None:
    bundle = saved("movement/2", 1)
    assert refused({**bundle, "past": None}, anchor=aged().anchor(0)) == (1, "shape")


@pytest.mark.parametrize("code", [RUNTIME_CODE[:-1], RUNTIME_CODE + b"\x00", b""])
def test_other_code_at_the_address_is_not_believed(code: bytes) -> None:
    """A contract that anybody could write to, say: its storage says what it likes."""
    ledger = scenario.build(SimulatedLedger(filled=False))
    ledger.leap(FAR)
    ledger.execution.state[hashes.BLOCK_HASHES_ADDRESS] = Contract(code)
    ledger.archive_hashes(0)
    for _ in range(3):
        ledger.mine()
    with pytest.raises(ProofBroken, match="not the one that is known"):
        ledger.prover().prove(question("movement/2"), since=FAR + 1)


def test_every_changed_byte_of_the_way_is_refused() -> None:
    bundle = aged().prover().prove(question("movement/2"), since=newer().height)
    way = {name: head(2)[name] for name in ("past", "nodes")}
    texts = [way["past"]["execution_header"], *way["past"]["path"], *way["nodes"]]
    whole = encode_bundle(bundle).decode()
    for text in texts:
        assert whole.count(text) == 1
        for place in range(2, len(text), 41):
            digit = format(int(text[place], 16) ^ 1, "x")
            changed = whole.replace(text, text[:place] + digit + text[place + 1 :])
            with pytest.raises(Refusal):
                check(changed.encode(), "movement/2")


@pytest.mark.parametrize(
    "change",
    [
        {"past": None},
        {"past": {"execution_header": "0x00", "path": None}},
        {"nodes": []},
        {"nodes": ["x"]},
        {"execution_header": "0x"},
        {"light_block": 1, "more": 2},
    ],
)
def test_a_head_that_is_none_makes_no_bundle(change: dict[str, Any]) -> None:
    with pytest.raises((InvalidInput, Refusal)):
        renew(Saved.parse(encode_bundle(saved("movement/2", 1))), {**head(2), **change}, newer())


def test_a_head_of_another_block_is_refused() -> None:
    with pytest.raises(InvalidInput, match="leads to another block"):
        renew(Saved.parse(encode_bundle(saved("movement/2", 1))), head(OLD), newer())
