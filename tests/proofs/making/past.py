"""Old blocks under newer headers: out of an archived batch, out of the engine's window, and all that can be wrong."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable
from typing import Any

from liveledger.domain import block_hashes as hashes
from liveledger.verifier import Question, TrustAnchor, encode_bundle, layout
from liveledger.verifier.renewal import Saved, renew
from tests.proofs.making.chains import fresh, usual
from tests.proofs.making.form import Vectors
from tests.proofs.making.validators import RAW
from tests.proofs.scenario import Case, movement
from tests.proofs.splicing import with_past
from tests.simulators.execution import Contract
from tests.simulators.ledger import SimulatedLedger
from tests.simulators.tries import keccak

OLD, FAR = 2, 9_500
Bundle = dict[str, Any]


@functools.cache
def _ledger() -> SimulatedLedger:
    """One validator: movements in block 2, then nothing for nine thousand blocks, whose first batch is archived."""
    ledger = fresh(layout.STOCK_LEDGER)
    ledger.mine()
    ledger.post([movement(number) for number in range(3)])
    ledger.mine()
    ledger.post([movement(number) for number in range(3, 6)])
    ledger.mine()
    ledger.mine()
    ledger.leap(FAR)
    ledger.archive_hashes(0, 1)
    ledger.mine()
    ledger.post([movement(6)])
    ledger.keep_hashes(FAR)
    ledger.mine()
    ledger.keep_hashes(FAR + 1)
    for _ in range(2):
        ledger.mine()
    return ledger


def _newer() -> TrustAnchor:
    """An anchor above the old block, and below the newest header."""
    return _ledger().anchor(FAR + 2)


def _head(block: int) -> Bundle:
    found: Bundle = json.loads(json.dumps(_ledger().prover().head(block, since=_newer().height)))
    return found


def _renewed(asked: Case, block: int) -> Case:
    bundle = renew(Saved.parse(encode_bundle(asked.bundle)), _head(block), _newer())
    return Case(asked.question, _newer(), json.loads(encode_bundle(bundle)))


def _raw(block: int, slots: list[str] | None = None) -> Case:
    """A question for storage at an old block, spliced under the newest header as no honest prover would."""
    parameters = {**RAW, **({"slots": slots} if slots else {})}
    question = Question.parse({"view": "raw-storage/1", "parameters": parameters})
    own = _ledger().prover().prove(question, height=block, form=2)
    return Case(question, _newer(), json.loads(encode_bundle(with_past(own, _head(block)))))


def make() -> Vectors:
    found = Vectors()
    for add in (_good, _for_now, _spoilt, _contracts):
        add(found)
    return found


def _good(found: Vectors) -> None:
    ledger = _ledger()
    batch = _renewed(usual(ledger, "movement/2", height=OLD), OLD)
    found.good("past/movement-2", "a movement of long ago under today's header, out of an archived batch", batch)
    found.good(
        "past/old-anchor", "the same by the anchor of genesis, which is below both", batch, anchor=ledger.anchor(0)
    )
    top = int(batch.bundle["light_block"]["header"]["height"])
    found.good("past/seen", "the signed block is the one that was seen", batch, minimum_height=top - 1)
    found.good("past/seen-beyond", "what no later block changes takes nothing back", batch, minimum_height=top)
    about = "age is that of the signed header, which is of today"
    found.good("past/age", about, batch, max_age=60)
    found.bad("past/stale", 6, "stale", "the signed header is too old itself", batch, max_age=5)
    found.bad(
        "past/below-anchor",
        2,
        "below-anchor",
        "the anchor stands at the signed header",
        batch,
        anchor=ledger.anchor(top),
    )
    hash_of = "0x" + _transaction(FAR + 1)
    recent = Question.parse({"view": "transaction/1", "parameters": {"hash": hash_of}})
    own = ledger.prover(ledger.anchor(0)).prove(recent)
    asked = Case(recent, ledger.anchor(0), json.loads(encode_bundle(own)))
    found.good("past/window", "a recent block, out of EIP-2935's contract: there is no path", _renewed(asked, FAR + 1))


def _transaction(block: int) -> str:
    return keccak(_ledger().execution.raw_transactions(block)[0]).hex()


def _for_now(found: Vectors) -> None:
    about = "what an old block held is no answer for now, though its block is proven under a header of today"
    found.bad("past/raw-storage-1", 6, "stale", about, _raw(OLD))
    found.bad("past/raw-storage-1-of-any-age", 6, "stale", "whatever age is allowed", _raw(OLD), max_age=1 << 40)
    found.bad("past/raw-storage-1-window", 6, "stale", "the same of a recent block", _raw(FAR + 1))
    question = usual(_ledger(), "stock/2", height=OLD).question
    own = _ledger().prover().prove(question, height=OLD, form=2)
    stock = Case(question, _newer(), json.loads(encode_bundle(with_past(own, _head(OLD)))))
    found.bad("past/stock-2", 6, "stale", "old stock under a new header", stock)
    page = Question.parse(
        {"view": "sku-movements/2", "parameters": {"brand": "7", "sku": "85123A", "first": "0", "limit": "9"}}
    )
    own = _ledger().prover().prove(page, height=OLD, form=2)
    end = Case(page, _newer(), json.loads(encode_bundle(with_past(own, _head(OLD)))))
    found.bad("past/old-end", 6, "stale", "a page that reaches an end of then", end)
    answer = copy.deepcopy(_raw(OLD).bundle)
    answer["answer"] = None
    found.bad("past/stale-before-the-answer", 6, "stale", "the answer is compared after that", _raw(OLD), answer)


def _bad(found: Vectors, name: str, step: int, code: str, about: str, change: Callable[[Bundle], Any]) -> None:
    """Of a question for storage, whose way back is spoilt before the view is asked."""
    bundle = copy.deepcopy(_raw(OLD).bundle)
    change(bundle)
    found.bad(f"past/{name}", step, code, about, _raw(OLD), bundle)


def _spoilt(found: Vectors) -> None:
    bad = functools.partial(_bad, found)
    other = "0x" + _ledger().execution.header_rlp(3).hex()

    def past(**changed: Any) -> Callable[[Bundle], Any]:
        return lambda bundle: bundle["past"].update(changed)

    def sibling(place: int, value: str) -> Callable[[Bundle], Any]:
        return lambda bundle: bundle["past"]["path"].__setitem__(place, value)

    shaped: list[tuple[str, str, Callable[[Bundle], Any]]] = [
        ("list", "past is no object", lambda bundle: bundle.update(past=[])),
        ("text", "past is a text", lambda bundle: bundle.update(past="")),
        ("no-path", "a field is missing", lambda bundle: bundle["past"].pop("path")),
        ("more", "a field more", past(more=None)),
        ("nine-siblings", "a path has ten", lambda bundle: bundle["past"]["path"].pop()),
        ("eleven-siblings", "a path has ten", lambda bundle: bundle["past"]["path"].append("0x" + "00" * 32)),
        ("no-siblings", "an empty path is no null", past(path=[])),
        ("short-sibling", "a sibling of 31 bytes", sibling(0, "0x" + "00" * 31)),
        ("long-header", "an old header of 4,097 bytes", past(execution_header="0x" + "00" * 4_097)),
    ]
    for name, about, change in shaped:
        bad(name, 1, "shape", about, change)
    linked: list[tuple[str, str, Callable[[Bundle], Any]]] = [
        ("empty-header", "the old header is empty", past(execution_header="0x")),
        ("another-header", "a header of another block of the batch", past(execution_header=other)),
        (
            "own-header",
            "the signed header itself",
            lambda one: one["past"].update(execution_header=one["execution_header"]),
        ),
        ("another-sibling", "another sibling", sibling(9, "0x" + "11" * 32)),
        ("turned-path", "the path from the root down", lambda bundle: bundle["past"]["path"].reverse()),
        ("beyond-the-window", "a null path for a block that has left the window", past(path=None)),
    ]
    for name, about, change in linked:
        bad(name, 5, "app-hash", about, change)
    bad("no-nodes", 7, "account-proof", "no nodes at all", lambda bundle: bundle["nodes"].clear())
    bad("node-missing", 7, "account-proof", "the first node is missing", lambda bundle: bundle["nodes"].pop(0))
    account = 1 + _account_nodes()
    bad(
        "slot-missing",
        8,
        "storage-proof",
        "the word's node is missing",
        lambda bundle: bundle["nodes"].pop(account - 1),
    )


def _account_nodes() -> int:
    """How many nodes the account of BlockHashes has."""
    return len(_ledger().execution.proof(hashes.BLOCK_HASHES_ADDRESS, [], _ledger().number - 2).account_nodes)


def _contracts(found: Vectors) -> None:
    """The way back through contracts that are not the ones that are known."""
    question = Question.parse({"view": "raw-storage/1", "parameters": RAW})
    for name, address, old in (
        ("other-code", hashes.BLOCK_HASHES_ADDRESS, OLD),
        ("no-account", hashes.BLOCK_HASHES_ADDRESS, OLD),
        ("other-history", hashes.HISTORY_ADDRESS, FAR),
    ):
        ledger = fresh()
        ledger.mine()
        ledger.mine()
        ledger.leap(FAR)
        ledger.archive_hashes(0)
        ledger.mine()
        ledger.keep_hashes(FAR)
        if name == "no-account":
            del ledger.execution.state[address]
        else:
            ledger.execution.state[address] = Contract(b"any", ledger.execution.state[address].storage)
        ledger.mine()
        ledger.mine()
        bundle = with_past(ledger.prover().prove(question, height=old, form=2), _way(ledger, old))
        asked = Case(question, ledger.anchor(0), json.loads(encode_bundle(bundle)))
        about = {
            "other-code": "other code stands where BlockHashes should",
            "no-account": "there is no BlockHashes: a ledger of genesis 1",
            "other-history": "other code stands where EIP-2935's contract should",
        }[name]
        found.bad(f"past/{name}", 7, "unknown-contract", about, asked)


def _way(ledger: SimulatedLedger, block: int) -> Bundle:
    """What a dishonest server gives as the way back: the true nodes of what stands there."""
    signed = ledger.prover().verifiable()
    recent = hashes.in_window(block, signed)
    address = hashes.HISTORY_ADDRESS if recent else hashes.BLOCK_HASHES_ADDRESS
    slot = hashes.history_slot(block) if recent else hashes.root_slot(0)
    proof = ledger.execution.proof(address, [slot], signed)
    batch = [ledger.hash_of(number) for number in range(hashes.HASHES_A_BATCH)]
    path = None if recent else ["0x" + one.hex() for one in hashes.batch_path(batch, block)]
    top = ledger.prover().prove(Question.parse({"view": "raw-storage/1", "parameters": RAW}))
    nodes = list(dict.fromkeys("0x" + node.hex() for node in (*proof.account_nodes, *proof.slots[0].nodes)))
    past = {"execution_header": "0x" + ledger.execution.header_rlp(block).hex(), "path": path}
    parts = {name: top[name] for name in ("set_changes", "light_block", "execution_header")}
    return {**parts, "past": past, "nodes": nodes}
