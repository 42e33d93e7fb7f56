"""Refusals of steps 8 to 10: evidence, completeness, answer."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.verifier import Question, layout
from tests.proofs import scenario
from tests.proofs.making import chains
from tests.proofs.making.chains import ALL_QUESTIONS, alone, ask, closed, crowded, goods, lone, usual
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import Case
from tests.simulators.chain import PLACE_GLN
from tests.simulators.tries import Trie, keccak, rlp

Change = Callable[[dict[str, Any]], Any]


def edited(asked: Case, change: Change) -> dict[str, Any]:
    """A copy of the bundle whose ``evidence`` was given to ``change``."""
    bundle = copy.deepcopy(asked.bundle)
    change(bundle["evidence"])
    return bundle


def under(asked: Case, other: Case) -> dict[str, Any]:
    """The other bundle, with this question."""
    return {**other.bundle, "question": asked.question.as_json()}


def make() -> Vectors:
    found = Vectors()
    for add in (_slots, _receipts, _transactions, _leaves, _off_chain, _spare, _complete, _answers):
        add(found)
    return found


def section_of(chain: Any, address: bytes, slots: Any, block: int) -> dict[str, Any]:
    proof = chain.execution.proof(address, slots, block)
    storage = [["0x" + node.hex() for node in slot.nodes] for slot in proof.slots]
    return {"account": ["0x" + node.hex() for node in proof.account_nodes], "storage": storage}


def _slots(found: Vectors) -> None:
    asked = usual(goods(), "stock/2")

    def bad(name: str, about: str, change: Callable[[list[Any]], Any], contract: str = "StockLedger") -> None:
        def inside(evidence: dict[str, Any]) -> None:
            section = evidence["contracts"][contract]
            section["storage"] = change(section["storage"])

        found.bad(f"storage/{name}", 8, "storage-proof", about, asked, edited(asked, inside))

    bad("turned", "the proofs stand in another order", lambda proofs: proofs[::-1])
    bad("one-less", "a proof is missing", lambda proofs: proofs[:-1])
    bad("one-more", "a proof is not needed", lambda proofs: [*proofs, proofs[0]])
    bad("none", "no proofs", lambda proofs: [])
    bad("empty-proof", "a proof without nodes in a trie that is not empty", lambda proofs: [[], *proofs[1:]])
    bad("cut", "the last node of a proof is missing", lambda proofs: [proofs[0][:-1], *proofs[1:]])
    bad("node-twice", "a node stands twice", lambda proofs: [[proofs[0][0], *proofs[0]], *proofs[1:]])
    bad("directory-one-less", "Directory's second proof is missing", lambda proofs: proofs[:1], "Directory")
    other = ask(goods(), "stock/2", {**ALL_QUESTIONS["stock/2"], "sku": "other"})
    about = "true evidence for another question: the slot's key is computed from the client's own"
    found.bad("storage/of-another-question", 8, "storage-proof", about, asked, under(asked, other))
    raw = usual(crowded(), "raw-storage/1")
    bundle = edited(raw, lambda evidence: evidence["contracts"]["Account"]["storage"].reverse())
    found.bad(
        "storage/absence-for-presence",
        8,
        "storage-proof",
        "the proof of an absent slot for one that is there",
        raw,
        bundle,
    )
    _odd_values(found)


def _odd_values(found: Vectors) -> None:
    """Words that no engine writes: zero, a leading zero, too long, a list."""
    for name, value, about in (
        ("zero", rlp(b""), "an explicit zero is no absence"),
        ("leading-zero", rlp(b"\x00\x01"), "a number with a leading zero"),
        ("too-long", rlp(b"\x01" * 33), "a number of 33 bytes"),
        ("list", rlp([b"\x01"]), "a list in place of a number"),
        ("no-rlp", b"\x81\x01", "a byte below 0x80 with a length before it"),
        ("left-over", b"\x01\x01", "a byte is left over"),
    ):
        slot = layout.place_slot(PLACE_GLN)
        chain = lone()
        chain.storage(layout.CONSORTIUM)[slot] = 1
        contract = chain.execution.state[CONSORTIUM_ADDRESS]
        contract.trie = lambda slot=slot, value=value: Trie({keccak(slot): value})  # type: ignore[method-assign]
        closed(chain)
        question = {"address": "0x" + CONSORTIUM_ADDRESS.hex(), "slots": ["0x" + slot.hex()]}
        asked = Question.parse({"view": "raw-storage/1", "parameters": question})
        block = chain.execution.block_number()
        bundle = {
            **usual(alone("raw-storage/1"), "raw-storage/1").bundle,
            "question": asked.as_json(),
            "light_block": chain.prover()._light_block(block + 1),
            "execution_header": "0x" + chain.execution.header_rlp(block).hex(),
            "evidence": {"contracts": {"Account": section_of(chain, CONSORTIUM_ADDRESS, [slot], block)}},
        }
        found.bad(f"storage/value-{name}", 8, "storage-proof", about, Case(asked, chain.anchor(0), bundle))


def _sent(index: int) -> Case:
    """A transaction of block 2; the second failed."""
    ledger = alone("transaction/1")
    return ask(ledger, "transaction/1", {"hash": chains.transaction(ledger, index)})


def _receipts(found: Vectors) -> None:
    batch, sent, third = usual(alone("movement/2"), "movement/2"), _sent(1), _sent(2)

    def bad(name: str, code: str, about: str, asked: Case, change: Change) -> None:
        found.bad(f"transactions/{name}", 8, code, about, asked, edited(asked, change))

    bad(
        "another-index",
        "receipt-proof",
        "the receipt is not at this index",
        batch,
        lambda e: e["receipt"].update(index=1),
    )
    bad(
        "no-receipt",
        "receipt-proof",
        "the batch is known, and its receipt is not given",
        batch,
        lambda e: e.update(receipt=None),
    )
    bad(
        "nothing-at-the-index",
        "receipt-proof",
        "the trie has nothing at index 9",
        batch,
        lambda e: e["receipt"].update(index=9),
    )
    bad(
        "failed",
        "log-mismatch",
        "the receipt of a transaction that failed",
        batch,
        lambda e: e.update(receipt=sent.bundle["evidence"]["receipt"]),
    )
    bad(
        "no-such-log",
        "log-mismatch",
        "the receipt of another transaction",
        batch,
        lambda e: e.update(receipt=third.bundle["evidence"]["receipt"]),
    )


def _transactions(found: Vectors) -> None:
    first, sent = _sent(0), _sent(1)

    def bad(name: str, code: str, about: str, asked: Case, change: Change) -> None:
        found.bad(f"transactions/{name}", 8, code, about, asked, edited(asked, change))

    bad(
        "receipt-of-another",
        "receipt-proof",
        "transaction and receipt have different indexes",
        sent,
        lambda e: e.update(receipt=first.bundle["evidence"]["receipt"]),
    )
    bad(
        "transaction-index",
        "transaction-proof",
        "the transaction is not at this index",
        sent,
        lambda e: e["transaction"].update(index=0),
    )
    bad(
        "no-transaction",
        "transaction-proof",
        "the transaction is not given",
        sent,
        lambda e: e.update(transaction=None),
    )
    bad(
        "transaction-without-receipt",
        "receipt-proof",
        "the receipt is not given",
        sent,
        lambda e: e.update(receipt=None),
    )
    trie = Trie(
        {
            rlp(bytes((i,)) if i else b""): raw
            for i, raw in enumerate(alone("transaction/1").execution.raw_transactions(2))
        }
    )
    nodes = ["0x" + node.hex() for node in trie.prove(rlp(bytes((7,))))]
    bad(
        "absent",
        "transaction-proof",
        "a good proof that there is nothing at index 7",
        sent,
        lambda e: e.update(transaction={"index": 7, "nodes": nodes}),
    )
    about = "a true proof of another transaction of the block"
    found.bad("transactions/another", 8, "wrong-question", about, sent, under(sent, first))


def _leaves(found: Vectors) -> None:
    asked = usual(goods(), "sku-movements/2")

    def bad(name: str, about: str, change: Change) -> None:
        found.bad(f"leaves/{name}", 9, "incomplete", about, asked, edited(asked, lambda e: change(e["leaves"])))

    bad("first", "the first index is hashed into the leaf", lambda leaves: leaves.update(first="1"))
    bad(
        "head-before",
        "only the true head leads to the one in storage",
        lambda leaves: leaves.update(head_before="0x" + "00" * 24),
    )
    bad("n-of-0", "a leaf covers no entry", lambda leaves: leaves["page"][0].update(n="0"))
    bad("time", "the time is hashed", lambda leaves: leaves["page"][0].update(time="1"))
    bad("poster", "the poster is hashed", lambda leaves: leaves["page"][0].update(poster="0x" + "01" * 20))
    bad("payload", "the payload is hashed", lambda leaves: leaves["page"][0].update(payload="0x" + "00" * 14))
    bad("later", "the hashes behind the page are hashed", lambda leaves: leaves["later"].reverse())
    bad("later-one-less", "one hash behind the page is missing", lambda leaves: leaves["later"].pop())
    bad("later-one-more", "one hash more behind the page", lambda leaves: leaves["later"].append("0x" + "11" * 32))
    bad("page-one-less", "the last leaf of the page is missing", lambda leaves: leaves["page"].pop())


def _complete(found: Vectors) -> None:
    whole = usual(goods(), "item-events/1")
    tail = ask(goods(), "item-events/1", {"item": scenario.ITEM, "first": "1", "limit": "9"})
    head = ask(goods(), "item-events/1", {"item": scenario.ITEM, "first": "0", "limit": "2"})
    beyond = ask(goods(), "item-events/1", {"item": scenario.ITEM, "first": "3", "limit": "5"})

    def bad(name: str, about: str, asked: Case, change: Change) -> None:
        found.bad(f"complete/{name}", 9, "incomplete", about, asked, edited(asked, change))

    given = {
        name: case.bundle["evidence"]["leaves"] for name, case in (("whole", whole), ("tail", tail), ("head", head))
    }
    bad("not-given", "the stream has entries, none is given", whole, lambda e: e.update(leaves=None))
    bad("turned", "the leaves in another order", whole, lambda e: e["leaves"]["page"].reverse())
    bad("first-left-out", "the first leaf is left out", whole, lambda e: e["leaves"]["page"].pop(0))
    bad(
        "later-page-as-whole",
        "a later page in place of the whole list",
        whole,
        lambda e: e.update(leaves=given["tail"]),
    )
    bad(
        "later-page-as-beginning",
        "the same, and says that it begins at 0",
        whole,
        lambda e: e.update(leaves={**given["tail"], "first": "0"}),
    )
    bad("end-left-out", "the end of the list as hashes only", whole, lambda e: e.update(leaves=given["head"]))
    bad("end-as-none", "the page's later hashes left out", head, lambda e: e["leaves"].update(later=[]))
    bad("more-than-asked", "one leaf more than the page needs", head, lambda e: e.update(leaves=given["whole"]))
    bad("spare-before", "one leaf before the page", tail, lambda e: e.update(leaves=given["whole"]))
    bad("beyond-the-end", "leaves for a page behind the end", beyond, lambda e: e.update(leaves=given["whole"]))
    none = ask(goods(), "item-events/1", {"item": scenario.OTHER_ITEM})
    bad("of-an-empty-stream", "leaves for a stream without entries", none, lambda e: e.update(leaves=given["whole"]))


def _off_chain(found: Vectors) -> None:
    """Documents, payloads, readings and inputs: given beside the chain, bound to it by hashes."""
    events, reports = usual(goods(), "item-events/1"), usual(alone("reports/1"), "reports/1")
    reading, settled = usual(alone("reading/1"), "reading/1"), usual(alone("settlement/1"), "settlement/1")

    def bad(name: str, about: str, asked: Case, change: Change) -> None:
        found.bad(f"off-chain/{name}", 8, "leaf-proof", about, asked, edited(asked, change))

    bad("document-changed", "a word of an event", events, lambda e: e["documents"][0]["event"].update(note="changed"))
    bad("salt-changed", "the salt of an event", events, lambda e: e["documents"][0].update(salt="0x" + "00" * 16))
    bad("documents-exchanged", "two documents are exchanged", events, lambda e: e["documents"].reverse())
    bad("document-less", "a document less than events", events, lambda e: e["documents"].pop())
    bad("document-more", "a null more than events", events, lambda e: e["documents"].append(None))
    bad("payload-changed", "a payload of a report", reports, lambda e: e["payloads"].__setitem__(0, "0x00"))
    bad("payload-less", "a payload less than reports", reports, lambda e: e["payloads"].pop())
    bad("reading-value", "the value of a reading", reading, lambda e: e["reading"].update(value="5000"))
    bad("reading-lowest", "the lowest value", reading, lambda e: e["reading"].update(value="-2147483648"))
    bad("reading-index", "the place of a reading", reading, lambda e: e["reading"].update(index=6))
    bad(
        "reading-behind-the-batch",
        "an index that the batch does not have",
        reading,
        lambda e: e["reading"].update(index=11),
    )
    bad("reading-path-short", "a hash less in the path", reading, lambda e: e["reading"]["path"].pop())
    bad(
        "reading-path-long", "a hash more in the path", reading, lambda e: e["reading"]["path"].append("0x" + "00" * 32)
    )
    bad(
        "reading-not-given",
        "the report is of the device, and the reading is not given",
        reading,
        lambda e: e.update(reading=None),
    )
    for name, value in (("0", 0), ("false", False), ("text", "")):
        other, about = edited(reading, lambda e, v=value: e.update(reading=v)), "a reading that is neither null nor one"
        found.bad(f"spelling/reading-{name}", 1, "shape", about, reading, other)
    bad("inputs-less", "no inputs for a settlement", settled, lambda e: e.update(inputs=[]))
    bad("inputs-page-less", "a page of inputs less", settled, lambda e: e["inputs"][0].pop())
    bad("inputs-exchanged", "two pages of inputs are exchanged", settled, lambda e: e["inputs"][0].reverse())
    bad(
        "inputs-cut",
        "a page of inputs that is no whole number of rows",
        settled,
        lambda e: e["inputs"][0].__setitem__(1, "0x00"),
    )


def _spare(found: Vectors) -> None:
    unknown = ask(goods(), "sku-movements/2", {**ALL_QUESTIONS["sku-movements/2"], "sku": "nope"})
    leaves = usual(goods(), "sku-movements/2").bundle["evidence"]["leaves"]
    batch = ask(alone("movement/2"), "movement/2", {**ALL_QUESTIONS["movement/2"], "sequence": "99"})
    report = ask(alone("reading/1"), "reading/1", {**ALL_QUESTIONS["reading/1"], "sequence": "77"})
    device = ask(alone("reading/1"), "reading/1", {**ALL_QUESTIONS["reading/1"], "device": "0x" + "11" * 32})
    spare = {"index": 1, "value": "7", "path": []}
    for name, code, about, asked, section in (
        ("leaves-of-an-unknown-sku", "leaf-proof", "leaves where none are asked for", unknown, {"leaves": leaves}),
        (
            "receipt-of-an-unknown-batch",
            "receipt-proof",
            "a receipt where none is asked for",
            batch,
            {"receipt": {"index": 5, "nodes": ["0xdeadbeef"]}},
        ),
        (
            "reading-of-an-unknown-report",
            "leaf-proof",
            "a reading of a report that is not there",
            report,
            {"reading": spare},
        ),
        (
            "reading-of-another-device",
            "leaf-proof",
            "a reading of a report of another device",
            device,
            {"reading": spare},
        ),
        ("payload-of-an-unknown-report", "leaf-proof", "a payload for no report", report, {"payloads": ["0x"]}),
    ):
        found.bad(f"spare/{name}", 8, code, about, asked, edited(asked, lambda e, s=section: e.update(s)))
    place = ask(alone("place-accuracy/1"), "place-accuracy/1", {"place": "0000000000017"})
    found.bad(
        "spare/leaves-of-an-unknown-place",
        8,
        "leaf-proof",
        "leaves where none are asked for",
        place,
        edited(place, lambda e: e.update(leaves=leaves)),
    )


def _answers(found: Vectors) -> None:
    for view in ("acts/1", "transaction/1", "reading/1", "movement/2", "stock-lots/2", "item-events/1"):
        asked = usual(alone(view), view)
        name = sorted(asked.bundle["answer"])[-1]
        plain = view.replace("/", "-")
        changed = {**asked.bundle["answer"], name: 1}
        found.bad(f"answers/{plain}", 10, "answer-mismatch", f"{name} is 1", asked, {**asked.bundle, "answer": changed})
    stock = usual(goods(), "stock/2")
    answer = stock.bundle["answer"]
    for name, changed, about in (
        ("more", {**answer, "more": "1"}, "a field more than the view has"),
        ("one-for-true", {**answer, "known_sku": 1}, "1 is not true"),
        ("value", {**answer, "available": "31"}, "another figure"),
        ("null", None, "no answer"),
    ):
        found.bad(f"answers/stock-2-{name}", 10, "answer-mismatch", about, stock, {**stock.bundle, "answer": changed})
    raw = usual(alone("raw-storage/1"), "raw-storage/1")
    zero = {**raw.bundle["answer"], "values": [raw.bundle["answer"]["values"][0], "0x" + "00" * 32]}
    found.bad(
        "answers/raw-storage-1-zero-for-null",
        10,
        "answer-mismatch",
        "an absent slot is not a slot of zeros",
        raw,
        {**raw.bundle, "answer": zero},
    )
