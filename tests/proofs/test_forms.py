"""Each view's answer is proven alike in both forms of bundle; in form 2 each node stands once, in its one place."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.verifier import Code, Question, Refusal, encode_bundle
from liveledger.verifier.trie import NodeSet, TrieError, prove
from tests.proofs.scenario import PLACE_GLN, QUESTIONS, Case, case, ledger, ledger_of
from tests.simulators.chain import CODE
from tests.simulators.tries import Trie, keccak

STOCK = "stock/2"


def in_form(asked: Case, form: int) -> Case:
    bundle = ledger_of(asked.question.view).prover().prove(asked.question, form=form)
    return Case(asked.question, asked.anchor, json.loads(encode_bundle(bundle)))


@pytest.mark.parametrize("view", QUESTIONS)
def test_every_view_says_the_same_in_both_forms(view: str) -> None:
    one, two = in_form(case(view), 1), in_form(case(view), 2)
    assert [one.bundle["format"], two.bundle["format"]] == ["liveledger-proof/1", "liveledger-proof/2"]
    assert one.verify() == two.verify()
    nodes = two.bundle["nodes"]
    assert len(set(nodes)) == len(nodes)
    assert "contracts" not in two.bundle["evidence"]
    assert len(encode_bundle(two.bundle)) < len(encode_bundle(one.bundle)) + 100


@given(
    st.sampled_from([CODE, "nothing", "x" * 128]),
    st.sampled_from([str(PLACE_GLN), "0000000000017"]),
    st.sampled_from(["", "L-2026-11", "another"]),
    st.integers(1, 8),
)
def test_any_question_about_stock_says_the_same_in_both_forms(sku: str, place: str, lot: str, height: int) -> None:
    question = Question.parse({"view": STOCK, "parameters": {"brand": "7", "sku": sku, "place": place, "lot": lot}})
    told = []
    for form in (1, 2):
        bundle = ledger().prover().prove(question, height=height, form=form)
        told.append(Case(question, ledger().anchor(0), json.loads(encode_bundle(bundle))).verify())
    assert told[0] == told[1]


def refusal(asked: Case, bundle: dict[str, Any]) -> tuple[int, Code]:
    with pytest.raises(Refusal) as refused:
        asked.verify(bundle)
    return int(refused.value.step), Code(refused.value.stable_code)


def changed(asked: Case, **fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(asked.bundle), **fields}


def test_a_node_that_is_missing_exchanged_repeated_or_left_over() -> None:
    asked = in_form(case(STOCK), 2)
    nodes = asked.bundle["nodes"]
    codes = {(7, Code.ACCOUNT_PROOF), (8, Code.STORAGE_PROOF)}
    for place in range(len(nodes)):
        assert refusal(asked, changed(asked, nodes=nodes[:place] + nodes[place + 1 :])) in codes
        assert refusal(asked, changed(asked, nodes=[*nodes[: place + 1], nodes[0], *nodes[place + 1 :]])) in codes
        if place:
            swapped = [*nodes[: place - 1], nodes[place], nodes[place - 1], *nodes[place + 1 :]]
            assert refusal(asked, changed(asked, nodes=swapped)) in codes
    assert refusal(asked, changed(asked, nodes=[*nodes, "0xc0"])) == (8, Code.STORAGE_PROOF)


def test_the_form_of_a_bundle_of_form_2() -> None:
    asked = in_form(case("sku-movements/2"), 2)
    pages = asked.bundle["evidence"]["leaves"]
    assert len(pages) == 1
    shape = (1, Code.SHAPE)
    for broken in (
        changed(asked, format="liveledger-proof/3"),
        changed(asked, format="liveledger-proof/1"),
        changed(asked, format=["liveledger-proof/2"]),
        changed(asked, past={}),
        changed(asked, past=False),
        changed(asked, nodes=None),
        changed(asked, nodes=["0x", 1]),
        changed(asked, nodes=["0x00"] * 16_385),
        changed(asked, evidence={"leaves": pages, "contracts": {}}),
        changed(asked, evidence={"leaves": pages[0]}),
        changed(asked, evidence={"leaves": None}),
        changed(asked, evidence={"leaves": pages * 65}),
    ):
        assert refusal(asked, broken) == shape
    for field in ("past", "nodes"):
        assert refusal(asked, {name: value for name, value in asked.bundle.items() if name != field}) == shape
    assert refusal(asked, changed(asked, evidence={"leaves": []})) == (9, Code.INCOMPLETE)
    assert refusal(asked, changed(asked, evidence={"leaves": pages * 2})) == (8, Code.LEAF_PROOF)


def test_a_page_that_has_no_leaves_brings_none() -> None:
    behind = Question.parse(
        {"view": "sku-movements/2", "parameters": {"brand": "7", "sku": CODE, "first": "99", "limit": "2"}}
    )
    bundle = json.loads(encode_bundle(ledger().prover().prove(behind, form=2)))
    asked = Case(behind, ledger().anchor(0), bundle)
    assert asked.verify().answer["movements"] == []
    assert bundle["evidence"]["leaves"] == []
    spare = in_form(case("sku-movements/2"), 2).bundle["evidence"]
    assert refusal(asked, changed(asked, evidence=spare)) == (8, Code.LEAF_PROOF)


def test_receipts_and_transactions_are_named_by_their_index() -> None:
    asked = in_form(case("transaction/1"), 2)
    assert asked.bundle["evidence"] == {"receipt": 1, "transaction": 1}
    assert refusal(asked, changed(asked, evidence={"receipt": 2, "transaction": 1})) == (8, Code.RECEIPT_PROOF)
    assert refusal(asked, changed(asked, evidence={"receipt": 1, "transaction": 2})) == (8, Code.TRANSACTION_PROOF)
    assert refusal(asked, changed(asked, evidence={"receipt": {"index": 1}, "transaction": 1})) == (1, Code.SHAPE)


@given(st.dictionaries(st.binary(min_size=1, max_size=3), st.binary(min_size=1, max_size=40), min_size=1, max_size=30))
def test_nodes_of_many_proofs_prove_what_each_proof_does(entries: dict[bytes, bytes]) -> None:
    trie = Trie({keccak(key): value for key, value in entries.items()})
    wanted = [*map(keccak, entries), keccak(b"none of them")]
    used: dict[bytes, bytes] = {}
    for key in wanted:
        for node in trie.prove(key):
            used.setdefault(keccak(node), node)
    shared = NodeSet(list(used.values()))
    for key in wanted:
        assert shared.prove(trie.root(), key) == prove(trie.root(), key, trie.prove(key))
    assert shared.left == 0
    with pytest.raises(TrieError):
        NodeSet(list(used.values())[1:]).prove(trie.root(), wanted[0])
