"""Refusals of steps 7 to 10: contracts, evidence, completeness, answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from liveledger.bindings.constants import CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS
from liveledger.domain.streams import item_stream, sku_stream
from liveledger.prover.errors import NothingToProve
from liveledger.prover.light_blocks import light_block
from liveledger.verifier import Code, Question, TrustAnchor, layout
from tests.proofs.refusing import broken, edited, expect, fresh, raw, small
from tests.proofs.scenario import ITEM, QUESTIONS, Case, ask, case, ledger
from tests.simulators.chain import ADDRESSES, SKU
from tests.simulators.execution import Contract
from tests.simulators.ledger import SimulatedLedger
from tests.simulators.tries import Trie, keccak, rlp

# --- 7 contracts


def with_pin(anchor: TrustAnchor, name: str, **changes: Any) -> TrustAnchor:
    return replace(anchor, contracts={**anchor.contracts, name: replace(anchor.contracts[name], **changes)})


def test_unknown_contract_by_the_anchor() -> None:
    asked = case("stock/2", form=1)
    no_consortium = replace(asked.anchor, contracts={})
    expect(7, Code.UNKNOWN_CONTRACT, asked, anchor=no_consortium)
    expect(7, Code.UNKNOWN_CONTRACT, asked, anchor=with_pin(asked.anchor, layout.CONSORTIUM, code_hash=bytes(32)))
    directory = replace(asked.anchor.directory, code_hash=bytes(32))
    expect(7, Code.UNKNOWN_CONTRACT, asked, anchor=replace(asked.anchor, directory=directory))


@pytest.mark.parametrize("changes", [{"address": bytes(20)}, {"code_hash": bytes(32)}, {"version": 3}])
def test_directory_may_not_contradict_the_anchor(changes: dict[str, Any]) -> None:
    asked, anchor = case("stock/2", form=1), ledger(1).anchor(3)
    assert layout.STOCK_LEDGER in anchor.contracts
    asked.verify(anchor=anchor)
    expect(7, Code.UNKNOWN_CONTRACT, asked, anchor=with_pin(anchor, layout.STOCK_LEDGER, **changes))


def test_directory_may_move_on_from_the_anchor() -> None:
    """A newer version in the directory wins over the pin, as far as the verifier knows that version."""
    asked, anchor = case("stock/2", form=1), ledger(1).anchor(3)
    asked.verify(anchor=with_pin(anchor, layout.STOCK_LEDGER, version=0, address=bytes(20)))


def test_version_that_the_verifier_does_not_know() -> None:
    chain = fresh()
    chain.deploy(layout.STOCK_LEDGER, version=3)
    chain.mine()
    question = Question.parse({"view": "stock/2", "parameters": QUESTIONS["stock/2"]})
    with pytest.raises(NothingToProve):
        chain.prover().prove(question)
    asked = case("stock/2")
    parameters = {name: value for name, value in QUESTIONS["stock/2"].items() if name != "lot"}
    older = Question.parse({"view": "stock/1", "parameters": parameters})
    bundle = asked.bundle | {"question": older.as_json()}
    expect(7, Code.UNKNOWN_CONTRACT, Case(older, asked.anchor, bundle))


def test_code_that_is_not_the_listed_one() -> None:
    chain = fresh()
    chain.execution.state[ADDRESSES[layout.STOCK_LEDGER]].code = b"evil"
    chain.mine()
    assert broken(chain, "stock/2") == "unknown-contract"


def test_contract_that_the_directory_does_not_list() -> None:
    chain = SimulatedLedger()
    chain.mine()
    block = chain.execution.block_number()
    proof = chain.execution.proof(DIRECTORY_ADDRESS, [layout.versions_slot(layout.PROVENANCE)], block)
    directory = {
        "account": ["0x" + node.hex() for node in proof.account_nodes],
        "storage": [["0x" + node.hex() for node in slot.nodes] for slot in proof.slots],
    }
    question = Question.parse({"view": "item-events/1", "parameters": {"item": ITEM}})
    bundle = raw(chain, height=block).bundle | {
        "question": question.as_json(),
        "evidence": {"contracts": {"Directory": directory}, "leaves": None, "documents": []},
        "answer": {"count": "0", "events": []},
    }
    expect(7, Code.UNKNOWN_CONTRACT, Case(question, chain.anchor(0), bundle))


def test_account_proof() -> None:
    asked = case("stock/2")
    bundle = edited(asked)
    contracts = bundle["evidence"]["contracts"]
    contracts["StockLedger"]["account"], contracts["Consortium"]["account"] = (
        contracts["Consortium"]["account"],
        contracts["StockLedger"]["account"],
    )
    expect(7, Code.ACCOUNT_PROOF, asked, bundle)
    bundle = edited(asked)
    del bundle["evidence"]["contracts"]["Consortium"]
    expect(7, Code.ACCOUNT_PROOF, asked, bundle)
    bundle = edited(asked)
    bundle["evidence"]["contracts"]["Provenance"] = bundle["evidence"]["contracts"]["Consortium"]
    expect(8, Code.ACCOUNT_PROOF, asked, bundle)


def test_account_that_is_no_account() -> None:
    chain = small(1)
    good = raw(chain).bundle
    real = chain.execution._accounts

    def odd(state: dict[bytes, Contract]) -> Trie:
        trie = real(state)
        return Trie({keccak(address): rlp([b"\x01", b"", b""]) for address in state}) if trie else trie

    chain.execution._accounts = odd  # type: ignore[method-assign]
    chain.mine()
    question = Question.parse({"view": "raw-storage/1", "parameters": QUESTIONS["raw-storage/1"]})
    block = chain.execution.block_number()
    nodes = chain.execution.proof(CONSORTIUM_ADDRESS, [], block).account_nodes
    height = block + 1
    bundle = good | {
        "light_block": light_block(chain.consensus.commit(height), chain.anchor(0).validators),
        "execution_header": "0x" + chain.execution.header_rlp(block).hex(),
        "evidence": {"contracts": {"Account": {"account": ["0x" + node.hex() for node in nodes], "storage": []}}},
    }
    expect(7, Code.ACCOUNT_PROOF, Case(question, chain.anchor(0), bundle))


# --- 8 evidence


def test_storage_proof() -> None:
    asked = case("stock/2")
    for change in (lambda proofs: proofs[::-1], lambda proofs: proofs[:-1], lambda proofs: [*proofs, proofs[0]]):
        bundle = edited(asked)
        section = bundle["evidence"]["contracts"]["StockLedger"]
        section["storage"] = change(section["storage"])
        expect(8, Code.STORAGE_PROOF, asked, bundle)


def test_an_explicit_zero_is_no_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = fresh()
    chain.storage(layout.STOCK_LEDGER)[layout.balance_slot(SKU, 3, 1)] = 0

    def trie(contract: Contract) -> Trie:
        return Trie(
            {
                keccak(slot): rlp(value.to_bytes((value.bit_length() + 7) // 8))
                for slot, value in contract.storage.items()
            }
        )

    monkeypatch.setattr(Contract, "trie", trie)
    chain.mine()
    assert broken(chain, "stock/2") == "storage-proof"


def test_absence_may_not_be_given_for_presence() -> None:
    asked = case("raw-storage/1")
    bundle = edited(asked)
    bundle["answer"]["values"][1] = "0x" + "00" * 32
    expect(10, Code.ANSWER_MISMATCH, asked, bundle)
    storage = bundle["evidence"]["contracts"]["Account"]["storage"]
    bundle["evidence"]["contracts"]["Account"]["storage"] = [storage[1], storage[1]]
    expect(8, Code.STORAGE_PROOF, asked, bundle)
    bundle["evidence"]["contracts"]["Account"]["storage"] = [[], storage[1]]
    expect(8, Code.STORAGE_PROOF, asked, bundle)


def test_receipt_proof() -> None:
    asked = case("movement/2")
    bundle = edited(asked)
    bundle["evidence"]["receipt"]["index"] += 1
    expect(8, Code.RECEIPT_PROOF, asked, bundle)
    bundle["evidence"]["receipt"] = None
    expect(8, Code.RECEIPT_PROOF, asked, bundle)
    asked = case("transaction/1")
    bundle = edited(asked)
    bundle["evidence"]["receipt"] = ask("transaction/1", first_transaction()).bundle["evidence"]["receipt"]
    expect(8, Code.RECEIPT_PROOF, asked, bundle)


def first_transaction() -> dict[str, str]:
    return {"hash": "0x" + keccak(ledger().execution.raw_transactions(2)[0]).hex()}


def test_transaction_proof() -> None:
    asked = case("transaction/1")
    bundle = edited(asked)
    bundle["evidence"]["transaction"]["index"] = 0
    expect(8, Code.TRANSACTION_PROOF, asked, bundle)
    bundle["evidence"]["transaction"] = None
    expect(8, Code.TRANSACTION_PROOF, asked, bundle)


def test_nothing_at_an_index() -> None:
    asked, chain = case("transaction/1"), ledger()
    count = len(chain.execution.raw_transactions(2))
    trie = Trie({rlp(bytes((i,)) if i else b""): tx for i, tx in enumerate(chain.execution.raw_transactions(2))})
    nodes = ["0x" + node.hex() for node in trie.prove(rlp(bytes((count,))))]
    bundle = edited(asked)
    bundle["evidence"]["transaction"] = {"index": count, "nodes": nodes}
    expect(8, Code.TRANSACTION_PROOF, asked, bundle)


def test_log_mismatch() -> None:
    """The receipt of another transaction of the block, and one that failed, hold no such log."""
    asked = case("movement/2")
    for index in (1, 2):
        digest = "0x" + keccak(ledger().execution.raw_transactions(2)[index]).hex()
        bundle = edited(asked)
        bundle["evidence"]["receipt"] = ask("transaction/1", {"hash": digest}).bundle["evidence"]["receipt"]
        expect(8, Code.LOG_MISMATCH, asked, bundle)


def test_leaf_proof() -> None:
    asked = case("item-events/1")
    bundle = edited(asked)
    bundle["evidence"]["documents"][0]["event"]["note"] = "changed"
    expect(8, Code.LEAF_PROOF, asked, bundle)
    bundle["evidence"]["documents"] = bundle["evidence"]["documents"][1:]
    expect(8, Code.LEAF_PROOF, asked, bundle)
    asked = case("reading/1")
    bundle = edited(asked)
    for value in ("2147483647", "-2147483648"):
        bundle["evidence"]["reading"]["value"] = value
        expect(8, Code.LEAF_PROOF, asked, bundle)
    for value in ("2147483648", "-2147483649", "-0"):
        bundle["evidence"]["reading"]["value"] = value
        expect(1, Code.SHAPE, asked, bundle)
    bundle["evidence"]["reading"] = None
    expect(8, Code.LEAF_PROOF, asked, bundle)


@pytest.mark.parametrize(("n", "payload"), [(2, bytes(14)), (1, bytes(14)), (1, bytes(13)), (1, bytes(2)), (1, b"")])
def test_leaf_whose_payload_has_no_sense(n: int, payload: bytes) -> None:
    chain = fresh()
    chain.append(layout.STOCK_LEDGER, sku_stream(SKU), n, payload)
    chain.mine()
    assert broken(chain, "sku-movements/2", {**QUESTIONS["sku-movements/2"], "first": "0"}) == "leaf-proof"


@pytest.mark.parametrize(("n", "payload"), [(2, bytes(64)), (1, bytes(63))])
def test_event_leaf_without_sense(n: int, payload: bytes) -> None:
    chain = fresh()
    chain.append(layout.PROVENANCE, item_stream(ITEM), n, payload)
    chain.mine()
    assert broken(chain, "item-events/1") == "leaf-proof"


# --- 9 completeness


def test_incomplete() -> None:
    asked = case("item-events/1")
    bundle = edited(asked)
    leaves = bundle["evidence"]["leaves"]
    for page in (leaves["page"][1:], leaves["page"][:-1], [], leaves["page"][::-1]):
        bundle["evidence"]["leaves"] = {**leaves, "page": page}
        expect(9, Code.INCOMPLETE, asked, bundle)
    bundle["evidence"]["leaves"] = None
    expect(9, Code.INCOMPLETE, asked, bundle)


def test_a_later_page_cannot_pass_as_the_beginning() -> None:
    """The whole list is asked for; the server brings its end as if nothing stood before it."""
    asked = case("item-events/1")
    page = ask("item-events/1", {"item": ITEM, "first": "1", "limit": "9"})
    bundle = edited(asked)
    bundle["evidence"]["leaves"] = page.bundle["evidence"]["leaves"]
    expect(9, Code.INCOMPLETE, asked, bundle)
    bundle["evidence"]["leaves"]["first"] = "0"
    expect(9, Code.INCOMPLETE, asked, bundle)


def test_the_end_cannot_be_left_out() -> None:
    """The later hashes of a page are given as if the page were the end, and the other way round."""
    whole, page = case("item-events/1"), ask("item-events/1", {"item": ITEM, "first": "0", "limit": "2"})
    bundle = edited(whole)
    bundle["evidence"]["leaves"] = page.bundle["evidence"]["leaves"]
    expect(9, Code.INCOMPLETE, whole, bundle)
    bundle = edited(page)
    bundle["evidence"]["leaves"]["later"] = []
    expect(9, Code.INCOMPLETE, page, bundle)
    bundle["evidence"]["leaves"] = whole.bundle["evidence"]["leaves"]
    expect(9, Code.INCOMPLETE, page, bundle)


def test_leaves_beyond_the_end() -> None:
    asked = ask("item-events/1", {"item": ITEM, "first": "3", "limit": "5"})
    assert asked.verify().answer == {"count": "3", "events": []}
    assert asked.bundle["evidence"]["leaves"] is None
    bundle = edited(asked)
    bundle["evidence"]["leaves"] = case("item-events/1").bundle["evidence"]["leaves"]
    expect(9, Code.INCOMPLETE, asked, bundle)


def test_a_leaf_without_entries() -> None:
    asked = case("item-events/1")
    bundle = edited(asked)
    bundle["evidence"]["leaves"]["page"][0]["n"] = "0"
    expect(9, Code.INCOMPLETE, asked, bundle)


# --- 10 answer


@pytest.mark.parametrize("view", QUESTIONS)
def test_answer_mismatch(view: str) -> None:
    asked = case(view)
    name = next(iter(asked.bundle["answer"]))
    expect(10, Code.ANSWER_MISMATCH, asked, {**asked.bundle, "answer": {**asked.bundle["answer"], name: 1}})
    expect(10, Code.ANSWER_MISMATCH, asked, {**asked.bundle, "answer": None})
