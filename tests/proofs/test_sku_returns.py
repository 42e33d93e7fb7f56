"""sku-returns/1: the list of gradings and closings is whole, and no value of a bundle can be changed."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Sequence
from typing import Any

import pytest

from liveledger.domain.errors import InvalidInput
from liveledger.domain.returns import Grade, GradeEntry, Grading, ReturnAct
from liveledger.domain.streams import return_stream
from liveledger.prover.errors import ProofBroken
from liveledger.verifier import Question, Refusal, encode_bundle, layout
from liveledger.verifier.refusal import Code
from tests.proofs import mutations
from tests.proofs.mutations import with_value
from tests.proofs.refusing import expect
from tests.proofs.scenario import HEX_POSTER, Case
from tests.simulators.chain import CODE, PLACE, SKU
from tests.simulators.ledger import SimulatedLedger

VIEW = "sku-returns/1"
ORGANISATION, ROOT = 7, b"inspections".ljust(32, b"\0")
WHOLE = {"brand": "7", "sku": CODE}
STRIDE = 11


def entry(grade: Grade, quantity: int, lot: int = 0) -> GradeEntry:
    return GradeEntry(SKU, lot, PLACE, quantity, grade)


ACTS = [
    Grading(ReturnAct.GRADED, ORGANISATION, ROOT, (entry(Grade.A, 1), entry(Grade.B, 2, 4), entry(Grade.C, 3))),
    Grading(ReturnAct.CLOSED, ORGANISATION, ROOT, (entry(Grade.A, 4),)),
    Grading(ReturnAct.GRADED, ORGANISATION, ROOT, (entry(Grade.D, 5), entry(Grade.D, 6))),
]
GRADED_WORD = 1 | 2 << 64 | 3 << 128 | 11 << 192


def fresh() -> SimulatedLedger:
    chain = SimulatedLedger()
    chain.deploy(layout.STOCK_LEDGER, version=2)
    chain.deploy(layout.RETURNS)
    chain.register_sku()
    return chain


@functools.cache
def ledger() -> SimulatedLedger:
    """The three acts in blocks 3 to 5; block 2 knows the SKU and no grading."""
    chain = fresh()
    chain.mine()
    for act in ACTS:
        chain.mine()
        chain.append(layout.RETURNS, return_stream(SKU), len(act.entries), act.payload())
    chain.storage(layout.RETURNS)[layout.graded_slot(SKU)] = GRADED_WORD
    chain.mine()
    chain.mine()
    return chain


def ask(parameters: dict[str, str], height: int | None = None) -> Case:
    question = Question.parse({"view": VIEW, "parameters": parameters})
    bundle = ledger().prover().prove(question, height=height)
    return Case(question, ledger().anchor(0), json.loads(encode_bundle(bundle)))


@functools.cache
def whole() -> Case:
    return ask(WHOLE)


def refused(bundle: dict[str, Any] | bytes) -> Refusal | None:
    try:
        whole().verify(bundle)
    except Refusal as refusal:
        return refusal
    return None


def test_all_acts_in_their_order() -> None:
    verdict = whole().verify()
    entries = verdict.answer["entries"]
    assert verdict.answer["graded"] == {"a": "1", "b": "2", "c": "3", "d": "11"}
    assert [(e["index"], e["act"], e["grade"], e["quantity"]) for e in entries] == [
        ("0", "graded", "a", "1"),
        ("1", "graded", "b", "2"),
        ("2", "graded", "c", "3"),
        ("3", "closed", "a", "4"),
        ("4", "graded", "d", "5"),
        ("5", "graded", "d", "6"),
    ]
    assert entries[1]["lot"] == "4"
    assert [e["disposition"] for e in entries[:3]] == ["restock", "restock_discounted", "send_back"]
    assert {e["poster"] for e in entries} == {HEX_POSTER}
    assert {(e["organisation"], e["place"], e["documents_root"]) for e in entries} == {
        (str(ORGANISATION), str(PLACE), "0x" + ROOT.hex())
    }
    assert "all 6 gradings and closings, in order, none left out" in str(verdict.supports.complete)


@pytest.mark.parametrize(("first", "limit"), [(f, n) for f in range(8) for n in (1, 2, 3, 9)])
def test_pages(first: int, limit: int) -> None:
    found = ask({**WHOLE, "first": str(first), "limit": str(limit)}).verify().answer
    assert found["count"] == "6"
    assert [e["index"] for e in found["entries"]] == [str(i) for i in range(first, min(first + limit, 6))]


def test_unknown_skus_and_skus_without_returns_are_proven() -> None:
    nothing = {"a": "0", "b": "0", "c": "0", "d": "0"}
    unknown = ask({**WHOLE, "sku": "?"}).verify().answer
    assert unknown == {"known_sku": False, "count": "0", "graded": nothing, "entries": []}
    early = ask(WHOLE, height=1).verify().answer
    assert early == {"known_sku": True, "count": "0", "graded": nothing, "entries": []}


@pytest.mark.parametrize("order", [[0, 1], [1, 2], [0, 2], [0, 2, 1], [0, 1, 1, 2], [0, 0, 1, 2]])
def test_an_act_left_out_doubled_or_moved_is_refused(order: Sequence[int]) -> None:
    changed = copy.deepcopy(whole().bundle)
    leaves = changed["evidence"]["leaves"]["page"]
    changed["evidence"]["leaves"]["page"] = [leaves[at] for at in order]
    expect(9, Code.INCOMPLETE, whole(), changed)


def test_a_true_list_of_another_sku_is_refused() -> None:
    other = Question.parse({"view": VIEW, "parameters": {**WHOLE, "sku": "OTHER"}})
    with pytest.raises(Refusal) as refusal:
        Case(other, whole().anchor, whole().bundle).verify()
    assert refusal.value.stable_code == Code.WRONG_QUESTION


def test_every_value_is_bound() -> None:
    for path, value in mutations.values(whole().bundle):
        for other in mutations.changed(value):
            refusal = refused(with_value(whole().bundle, path, lambda _, other=other: other))
            assert refusal is not None, mutations.place(path)
            assert refusal.stable_code in mutations.codes(path), f"{mutations.place(path)}: {refusal.as_dict()}"


def test_bytes_are_bound() -> None:
    data = encode_bundle(whole().bundle)
    for place in range(0, len(data), STRIDE):
        for mask in (1, 0x20):
            broken = bytearray(data)
            broken[place] ^= mask
            assert refused(bytes(broken)), f"byte {place} ^ {mask}"


@pytest.mark.parametrize(
    ("n", "payload", "why"),
    [
        (2, ACTS[1].payload(), "covers 2 entries, not 1"),
        (1, ACTS[1].payload()[:-1], "no head and whole records"),
        (1, b"\x03" + ACTS[1].payload()[1:], "no act"),
        (1, ACTS[1].payload()[:-1] + b"\x02", "not the disposition"),
    ],
)
def test_leaves_that_the_contract_does_not_make_are_refused(n: int, payload: bytes, why: str) -> None:
    chain = fresh()
    chain.append(layout.RETURNS, return_stream(SKU), n, payload)
    chain.mine()
    chain.mine()
    with pytest.raises(ProofBroken) as caught:
        chain.prover().prove(Question.parse({"view": VIEW, "parameters": WHOLE}))
    refusal = caught.value.details["refusal"]
    assert refusal["code"] == Code.LEAF_PROOF.value
    assert why in refusal["message"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"brand": "7"},
        {"brand": "07", "sku": CODE},
        {"brand": "65536", "sku": CODE},
        {"brand": "7", "sku": CODE, "first": "0"},
        {"brand": "7", "sku": CODE, "first": "0", "limit": "10001"},
        {"brand": "7", "sku": "x" * 129},
        {"brand": "7", "sku": CODE, "lot": "1"},
    ],
)
def test_questions_have_one_form(parameters: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        ledger().prover().prove(Question.parse({"view": VIEW, "parameters": parameters}))
