"""Refusals of step 7: contracts by the anchor and by Directory, and their accounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.verifier import Question, TrustAnchor, layout
from tests.proofs.making.chains import ALL_QUESTIONS, alone, ask, closed, fresh, goods, lone, usual
from tests.proofs.making.evidence import Change, edited, section_of
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import Case
from tests.simulators.chain import ADDRESSES
from tests.simulators.tries import Trie, keccak, rlp


def make() -> Vectors:
    found = Vectors()
    for add in (
        _pins,
        _directory,
        _accounts,
    ):
        add(found)
    return found


def with_pin(anchor: TrustAnchor, name: str, **changes: Any) -> TrustAnchor:
    return replace(anchor, contracts={**anchor.contracts, name: replace(anchor.contracts[name], **changes)})


def _pins(found: Vectors) -> None:
    asked, later = usual(goods(), "stock/2"), goods().anchor(2)
    genesis = asked.anchor

    def bad(name: str, about: str, anchor: TrustAnchor) -> None:
        found.bad(f"contracts/{name}", 7, "unknown-contract", about, asked, anchor=anchor)

    bad("not-in-the-anchor", "the anchor does not name Consortium", replace(genesis, contracts={}))
    bad(
        "another-code",
        "Consortium has another code than the anchor says",
        with_pin(genesis, "Consortium", code_hash=bytes(32)),
    )
    bad("another-version", "Consortium of version 2 is none that is read", with_pin(genesis, "Consortium", version=2))
    bad(
        "another-directory",
        "Directory has another code",
        replace(genesis, directory=replace(genesis.directory, code_hash=bytes(32))),
    )
    bad(
        "same-version-moved",
        "the directory lists another address under the pinned version",
        with_pin(later, "StockLedger", address=bytes(20)),
    )
    bad(
        "same-version-recoded",
        "the directory lists another code under the pinned version",
        with_pin(later, "StockLedger", code_hash=bytes(32)),
    )
    bad("older-than-the-pin", "the anchor pins a newer version", with_pin(later, "StockLedger", version=3))
    found.good("contracts/pinned", "the directory's entry is the one that the anchor pins", asked, anchor=later)
    newer = with_pin(later, "StockLedger", version=1, address=bytes(20))
    found.good("contracts/newer-than-the-pin", "the directory moved on from the anchor's pin", asked, anchor=newer)
    wrong = replace(genesis, evm_chain_id=1)
    about = "the chain id inside the EVM is hashed into the first head of a stream"
    found.bad("contracts/another-evm-chain", 9, "incomplete", about, usual(goods(), "sku-movements/2"), anchor=wrong)
    missing = replace(genesis, directory=replace(genesis.directory, address=b"\x01" * 20))
    about = "the anchor's directory stands elsewhere: the proof is of another account"
    found.bad("contracts/directory-elsewhere", 7, "account-proof", about, asked, anchor=missing)


def _directory(found: Vectors) -> None:
    """What Directory lists, and what stands there."""
    for version, view, about in (
        (3, "stock/2", "a version that no view reads"),
        (1, "stock/2", "stock/2 does not read version 1"),
        (2, "stock/1", "stock/1 does not read version 2"),
        (2, "movement/1", "movement/1 does not read version 2"),
        (1, "sku-returns/1", "sku-returns/1 reads version 2 alone"),
        (3, "poster-batches/1", "poster-batches/1 reads versions 1 and 2"),
    ):
        _of_version(found, version, view, about)
    chain = fresh(layout.STOCK_LEDGER)
    good = ask(closed(chain), "stock/2", ALL_QUESTIONS["stock/2"])
    assert good.verify()
    chain.execution.state[ADDRESSES[layout.STOCK_LEDGER]].code = b"another"
    closed(chain)
    _broken(
        found, chain, "code-not-listed", "stock/2", "unknown-contract", "the code is not the one that Directory lists"
    )
    chain = closed(fresh())
    _broken(found, chain, "not-listed", "poster-batches/1", "unknown-contract", "Directory does not list StockLedger")
    chain = fresh(layout.STOCK_LEDGER)
    first, _ = layout.directory_slots(layout.STOCK_LEDGER)
    chain.execution.state[DIRECTORY_ADDRESS].storage[first] |= 1 << 224
    closed(chain)
    _broken(
        found,
        chain,
        "entry-too-wide",
        "poster-batches/1",
        "unknown-contract",
        "the entry's word has bits above address and version",
    )


def _of_version(found: Vectors, version: int, view: str, about: str) -> None:
    chain = closed(fresh(layout.STOCK_LEDGER, layout.RETURNS, layout.REPLENISHMENT, version=version))
    _broken(found, chain, f"version-{version}-{view.replace('/', '-')}", view, "unknown-contract", about)


def _parameters(view: str) -> dict[str, Any]:
    older = view.endswith("/1") and view[:-1] + "2" in ALL_QUESTIONS
    parameters = dict(ALL_QUESTIONS[view[:-1] + "2" if older else view])
    if older:
        parameters.pop("lot", None)
    return parameters


def _broken(found: Vectors, chain: Any, name: str, view: str, code: str, about: str) -> None:
    """A bundle of what stands on a chain that no contract of ours made: Directory and the contract, nothing else."""
    raw = usual(chain, "raw-storage/1")
    block = chain.execution.block_number()
    header = chain.execution.header_rlp(block)
    contracts = {
        "Directory": section_of(chain, DIRECTORY_ADDRESS, layout.directory_slots(layout.STOCK_LEDGER), block),
        "StockLedger": section_of(chain, ADDRESSES[layout.STOCK_LEDGER], (), block),
    }
    assert raw.bundle["execution_header"] == "0x" + header.hex()
    question = Question.parse({"view": view, "parameters": _parameters(view)})
    sections = {"stock": {}, "movement": {"receipt": None}}.get(view.split("/")[0], {"leaves": None})
    bundle = {
        **raw.bundle,
        "question": question.as_json(),
        "evidence": {"contracts": contracts, **sections},
        "answer": {},
    }
    found.bad(f"contracts/{name}", 7, code, about, Case(question, raw.anchor, bundle))


def _accounts(found: Vectors) -> None:
    asked = usual(goods(), "stock/2")

    def bad(name: str, step: int, about: str, change: Change) -> None:
        found.bad(f"accounts/{name}", step, "account-proof", about, asked, edited(asked, change))

    def exchange(evidence: dict[str, Any]) -> None:
        contracts = evidence["contracts"]
        one, other = contracts["StockLedger"], contracts["Consortium"]
        one["account"], other["account"] = other["account"], one["account"]

    bad("exchanged", 7, "the proofs of two accounts are exchanged", exchange)
    bad("missing", 7, "a contract is missing", lambda evidence: evidence["contracts"].pop("Consortium"))
    bad("no-directory", 7, "Directory is missing", lambda evidence: evidence["contracts"].pop("Directory"))
    bad(
        "no-nodes",
        7,
        "an account without nodes",
        lambda evidence: evidence["contracts"]["StockLedger"].update(account=[]),
    )
    bad("cut", 7, "the last node is missing", lambda evidence: evidence["contracts"]["StockLedger"]["account"].pop())
    bad(
        "one-more-node",
        7,
        "a node that is not needed",
        lambda evidence: evidence["contracts"]["StockLedger"]["account"].append("0xc0"),
    )
    spare = asked.bundle["evidence"]["contracts"]["Consortium"]
    bad(
        "spare",
        8,
        "a contract that the view does not ask for",
        lambda evidence: evidence["contracts"].update(Provenance=spare),
    )
    chain = lone()
    chain.execution._accounts = lambda state: Trie({keccak(a): rlp([b"\x01", b"", b""]) for a in state})  # type: ignore[method-assign]
    chain.execution._tries.clear()
    closed(chain)
    proof = section_of(chain, bytes.fromhex(ALL_QUESTIONS["raw-storage/1"]["address"][2:]), (), 1)
    good = usual(alone("raw-storage/1"), "raw-storage/1")
    block = chain.prover()._light_block(2)
    bundle = {**good.bundle, "light_block": block, "execution_header": "0x" + chain.execution.header_rlp(1).hex()}
    bundle["evidence"] = {"contracts": {"Account": proof}}
    found.bad(
        "accounts/three-fields",
        7,
        "account-proof",
        "the account has three fields",
        Case(good.question, chain.anchor(0), bundle),
    )
