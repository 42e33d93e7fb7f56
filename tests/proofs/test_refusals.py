"""Every code of docs/bundle.md, by name; steps 1 to 6: form, question, validators, link, age."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.errors import InvalidInput
from liveledger.prover.errors import ProofBroken
from liveledger.prover.light_blocks import light_block, read_validators
from liveledger.verifier import Code, Question, encode_bundle
from liveledger.verifier.anchor import ContractPin
from liveledger.verifier.times import Time
from tests.proofs.refusing import edited, expect, raw, small
from tests.proofs.scenario import QUESTIONS, ask, case, ledger
from tests.simulators.consensus import Signer
from tests.simulators.tries import keccak

# --- 1 shape


def test_shape() -> None:
    asked = case("stock/2")
    data = encode_bundle(asked.bundle)
    expect(1, Code.SHAPE, asked, b"")
    expect(1, Code.SHAPE, asked, b"null")
    expect(1, Code.SHAPE, asked, data + b"\n")
    expect(1, Code.SHAPE, asked, b" " * (1 << 20) + data)
    expect(1, Code.SHAPE, asked, data.replace(b'"answer":{', b'"answer":{"held":"2",', 1))
    expect(1, Code.SHAPE, asked, data.replace(b'"round":0', b'"round":0.0', 1))
    expect(1, Code.SHAPE, asked, data.replace(b'"round":0', b'"round":NaN', 1))
    expect(1, Code.SHAPE, asked, data.replace(b'"round":0', b'"round":9007199254740993', 1))
    expect(1, Code.SHAPE, asked, data.replace(b'"round":0', b'"round":-0', 1))
    expect(1, Code.SHAPE, asked, data.replace(b"bundle", b"b\\u0075ndle").replace(b"proof/1", b"pr\\u006fof/1"))
    expect(1, Code.SHAPE, asked, data.replace(b"liveledger-proof/1", b"liveledger-proof/2"))


def test_a_hundred_megabytes_are_refused_unread() -> None:
    expect(1, Code.SHAPE, case("stock/2"), bytes(100 << 20))


@pytest.fixture
def deep_stack() -> Iterator[None]:
    """A process whose recursion limit some library raised: a parser that recurses would end it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("deep_stack")
def test_deep_nesting_is_refused() -> None:
    asked = case("stock/2")
    for hostile in (b"[", b'{"a":', b'["\\"",', b'{"\\\\":['):
        expect(1, Code.SHAPE, asked, hostile * (500_000 // len(hostile)))
    for hostile in (b'"' + b'\\"' * 500_000, b'"' * 1_000_000, b"\\" * 1_000_000, b"[]" * 500_000, b"]" * 1_000_000):
        expect(1, Code.SHAPE, asked, hostile)
    deep: Any = "x"
    for _ in range(60):
        deep = [deep]
    expect(1, Code.SHAPE, asked, {**asked.bundle, "answer": deep})


def test_limits() -> None:
    asked = case("stock/2")
    for part, size in (("set_changes", 65),):
        expect(1, Code.SHAPE, asked, {**asked.bundle, part: asked.bundle[part][:1] * size})
    bundle = edited(asked)
    bundle["evidence"]["contracts"]["StockLedger"]["account"] = ["0xc0"] * 65
    expect(1, Code.SHAPE, asked, bundle)
    bundle = edited(asked)
    bundle["light_block"]["commit"]["signatures"] = [None] * 201
    expect(1, Code.SHAPE, asked, bundle)
    bundle = edited(case("sku-movements/2"))
    bundle["evidence"]["leaves"]["later"] = ["0x" + "00" * 32] * 10_001
    expect(1, Code.SHAPE, case("sku-movements/2"), bundle)


def test_sections_are_those_of_the_view() -> None:
    bundle = edited(case("stock/2"))
    bundle["evidence"]["payloads"] = []
    expect(1, Code.SHAPE, case("stock/2"), bundle)


# --- 2 question


def test_wrong_question() -> None:
    asked = case("stock/2")
    other = Question.parse({"view": "stock/2", "parameters": {**QUESTIONS["stock/2"], "brand": "8"}})
    expect(2, Code.WRONG_QUESTION, asked, question=other)
    expect(2, Code.WRONG_QUESTION, asked, {**asked.bundle, "question": other.as_json()})


def test_evidence_for_another_question_under_the_right_one() -> None:
    other = ask("stock/2", {**QUESTIONS["stock/2"], "sku": "other"})
    bundle = {**other.bundle, "question": case("stock/2").question.as_json()}
    expect(8, Code.STORAGE_PROOF, case("stock/2"), bundle)


def test_another_transaction_is_the_wrong_answer() -> None:
    asked = case("transaction/1")
    other = ask("transaction/1", {"hash": "0x" + keccak(ledger().execution.raw_transactions(2)[0]).hex()})
    expect(8, Code.WRONG_QUESTION, asked, {**other.bundle, "question": asked.question.as_json()})


def test_wrong_chain() -> None:
    asked = case("stock/2")
    expect(2, Code.WRONG_CHAIN, asked, anchor=replace(asked.anchor, chain_id="simulated-2"))


def test_wrong_evm_chain_id_breaks_the_streams() -> None:
    asked = case("item-events/1")
    expect(9, Code.INCOMPLETE, asked, anchor=replace(asked.anchor, evm_chain_id=1))


def test_expired_anchor() -> None:
    asked = case("stock/2")
    end = asked.anchor.valid_until.seconds
    asked.verify(now=end - 1)
    expect(2, Code.EXPIRED_ANCHOR, asked, now=end + 1)
    expect(2, Code.EXPIRED_ANCHOR, asked, anchor=replace(asked.anchor, valid_until=Time(5)))


def test_below_anchor() -> None:
    asked = case("stock/2")
    height = int(asked.bundle["light_block"]["header"]["height"])
    expect(2, Code.BELOW_ANCHOR, asked, anchor=replace(asked.anchor, height=height))
    asked.verify(minimum_height=height - 1)
    expect(2, Code.BELOW_ANCHOR, asked, minimum_height=height)
    case("transaction/1").verify(minimum_height=height + 5)


# --- 3 set changes


def test_set_change() -> None:
    asked = case("stock/2")
    first, second = asked.bundle["set_changes"]
    expect(3, Code.VALIDATORS_HASH, asked, {**asked.bundle, "set_changes": [second, first]})
    expect(3, Code.SET_CHANGE, asked, {**asked.bundle, "set_changes": [first, first, second]})
    light = {"light_block": asked.bundle["light_block"], "validators": second["validators"]}
    expect(3, Code.SET_CHANGE, asked, {**asked.bundle, "set_changes": [first, second, light]})
    other = {**first, "validators": second["validators"]}
    expect(3, Code.SET_CHANGE, asked, {**asked.bundle, "set_changes": [other, second]})


def test_a_header_that_changes_nothing_is_no_set_change() -> None:
    chain = ledger()
    validators = read_validators(chain.consensus.validators(1))
    idle = {
        "light_block": light_block(chain.consensus.commit(1), validators),
        "validators": [entry.as_json() for entry in validators],
    }
    asked = case("stock/2")
    expect(3, Code.SET_CHANGE, asked, {**asked.bundle, "set_changes": [idle, *asked.bundle["set_changes"]]})


def test_set_changes_are_signed_by_the_set_before() -> None:
    asked = case("stock/2")
    bundle = edited(asked)
    for entry in bundle["set_changes"][0]["light_block"]["commit"]["signatures"][:2]:
        entry["signature"] = "0x" + "11" * 64
    expect(3, Code.BAD_SIGNATURE, asked, bundle)
    bundle["set_changes"][0]["light_block"]["commit"]["signatures"][:2] = [None, None]
    expect(3, Code.POWER, asked, bundle)


def test_changes_below_the_anchor_serve_older_anchors_only() -> None:
    asked = case("stock/2")
    first = ledger().consensus.changes[0]
    assert asked.verify(anchor=ledger().anchor(first)).answer == asked.bundle["answer"]
    bundle = {**asked.bundle, "set_changes": asked.bundle["set_changes"][1:]}
    asked.verify(bundle, anchor=ledger().anchor(first))
    expect(3, Code.VALIDATORS_HASH, asked, bundle)


# --- 4 commit


def test_old_validator_set() -> None:
    """The removed validators sign a header of their own: nobody asks them any more."""
    chain = small(1, 1, 1, 1)
    question = Question.parse({"view": "raw-storage/1", "parameters": QUESTIONS["raw-storage/1"]})
    old = chain.consensus.sets[chain.consensus.height() + 1]
    chain.mine(following=[Signer.make(seed) for seed in range(20, 24)])
    chain.consensus.sets[chain.consensus.height() + 1] = old
    chain.mine()
    with pytest.raises(ProofBroken) as caught:
        chain.prover().prove(question)
    assert caught.value.details["refusal"]["code"] in ("validators-hash", "set-change")
    asked = case("stock/2")
    expect(4, Code.VALIDATORS_HASH, asked, {**asked.bundle, "set_changes": asked.bundle["set_changes"][:1]})


def test_header_hash() -> None:
    asked = case("stock/2")
    bundle = edited(asked)
    bundle["light_block"]["commit"]["height"] = str(int(bundle["light_block"]["commit"]["height"]) - 1)
    expect(4, Code.HEADER_HASH, asked, bundle)


def test_header_that_does_not_follow_on_the_anchor() -> None:
    chain = small(1)
    asked = raw(chain, height=2)
    good = chain.anchor(2)
    asked.verify(anchor=good)
    expect(4, Code.HEADER_HASH, asked, anchor=replace(good, digest=bytes(32)))


def test_block_id() -> None:
    asked = case("stock/2")
    bundle = edited(asked)
    bundle["light_block"]["header"]["app_hash"] = "0x" + "00" * 32
    expect(4, Code.BLOCK_ID, asked, bundle)
    bundle = edited(asked)
    bundle["light_block"]["commit"]["block_id"]["parts"]["total"] = 0
    expect(4, Code.BLOCK_ID, asked, bundle)


def test_address_mismatch() -> None:
    """CSA-2026-001: a signature stands under the address of another validator."""
    asked = case("stock/2")
    bundle = edited(asked)
    signatures = bundle["light_block"]["commit"]["signatures"]
    signatures[0]["address"], signatures[1]["address"] = signatures[1]["address"], signatures[0]["address"]
    expect(4, Code.ADDRESS_MISMATCH, asked, bundle)


def test_duplicate_signer() -> None:
    asked = case("stock/2")
    bundle = edited(asked)
    signatures = bundle["light_block"]["commit"]["signatures"]
    address = signatures[1]["address"]
    signatures[1] = dict(signatures[0])
    expect(4, Code.ADDRESS_MISMATCH, asked, bundle)
    signatures[1]["address"] = address
    expect(4, Code.BAD_SIGNATURE, asked, bundle)


def test_more_or_fewer_signatures_than_validators() -> None:
    asked = case("stock/2")
    bundle = edited(asked)
    bundle["light_block"]["commit"]["signatures"].append(None)
    expect(4, Code.BAD_SIGNATURE, asked, bundle)


@pytest.mark.parametrize(
    ("powers", "absent", "enough"),
    [
        ((1, 1, 1), {2}, False),
        ((1, 1, 1), set(), True),
        ((1, 1, 1, 1), {0}, True),
        ((1, 1, 1, 1), {0, 1}, False),
        ((2, 3, 4), {1}, False),
        ((67, 33), {1}, True),
        ((200, 100), {1}, False),
        ((201, 100), {1}, True),
        ((1,), set(), True),
    ],
)
def test_power_is_more_than_two_thirds(powers: tuple[int, ...], absent: set[int], enough: bool) -> None:
    chain = small(*powers)
    asked = raw(chain)
    bundle = edited(asked)
    for index in absent:
        bundle["light_block"]["commit"]["signatures"][index] = None
    if enough:
        assert asked.verify(bundle).signed_power == sum(powers) - sum(powers[index] for index in absent)
    else:
        expect(4, Code.POWER, asked, bundle)


def test_absent_signers_are_left_out_by_the_prover() -> None:
    chain = small(1, 1, 1, 1)
    chain.consensus.absent, chain.consensus.round = {3}, 2
    chain.mine()
    verdict = raw(chain).verify()
    assert (verdict.signed_power, verdict.total_power) == (3, 4)


def test_signatures_outside_the_strict_rule_are_left_out_by_the_prover() -> None:
    chain = small(1, 1, 1, 1)
    signed = chain.consensus.commits[chain.consensus.height()]
    signed["commit"]["signatures"][0]["signature"] = signed["commit"]["signatures"][1]["signature"]
    verdict = raw(chain).verify()
    assert verdict.signed_power == 3


# --- 5 link, 6 age


def test_app_hash_of_another_height() -> None:
    asked, chain = case("stock/2"), ledger()
    height = int(asked.bundle["light_block"]["header"]["height"])
    for other in (height - 2, height):
        header = "0x" + chain.execution.header_rlp(min(other, chain.execution.block_number())).hex()
        if header != asked.bundle["execution_header"]:
            expect(5, Code.APP_HASH, asked, {**asked.bundle, "execution_header": header})
    previous = light_block(chain.consensus.commit(height - 1), read_validators(chain.consensus.validators(height - 1)))
    expect(5, Code.APP_HASH, asked, {**asked.bundle, "light_block": previous})
    expect(5, Code.APP_HASH, asked, {**asked.bundle, "execution_header": "0xc0"})


def test_app_hash_of_a_block_with_another_number() -> None:
    chain = small(1)
    last = keccak(chain.execution.header_rlp(chain.execution.block_number()))
    chain.consensus.seal(last, chain.now)
    asked = raw(chain, height=chain.execution.block_number())
    late = light_block(chain.consensus.commit(chain.consensus.height()), chain.anchor(0).validators)
    expect(5, Code.APP_HASH, asked, {**asked.bundle, "light_block": late})


def test_genesis_block_is_the_anchors() -> None:
    chain = small(1)
    asked = raw(chain, height=0)
    assert asked.verify().block == 0
    expect(5, Code.APP_HASH, asked, anchor=replace(asked.anchor, digest=bytes(32)))


def test_stale() -> None:
    asked = case("stock/2")
    age = asked.verify().age
    asked.verify(max_age=age)
    expect(6, Code.STALE, asked, max_age=age - 1)


# --- the whole


def test_every_code_has_a_test_above() -> None:
    folder = Path(__file__).parent
    text = "".join((folder / name).read_text() for name in ("test_refusals.py", "test_refusals_of_evidence.py"))
    named = set(re.findall(r"expect\(\d+, Code\.(\w+),", text))
    assert named == {code.name for code in Code}


@pytest.mark.parametrize(
    "question",
    [
        None,
        {},
        {"view": "stock/2"},
        {"view": "nothing/1", "parameters": {}},
        {"view": "stock/2", "parameters": []},
        {"view": "stock/2", "parameters": {"brand": 7, "sku": "x", "place": "6912345000015"}},
        {"view": "stock/2", "parameters": {"brand": "07", "sku": "x", "place": "6912345000015"}},
        {"view": "stock/2", "parameters": {"brand": "7", "sku": "x", "place": "15"}},
        {"view": "stock/2", "parameters": {"brand": "7", "sku": "\ud800", "place": "6912345000015"}},
        {"view": "stock/2", "parameters": {"brand": "7", "sku": "x", "place": "6912345000015", "more": "1"}},
        {"view": "sku-movements/2", "parameters": {"brand": "7", "sku": "x", "first": "0", "limit": "0"}},
        {"view": "sku-movements/2", "parameters": {"brand": "7", "sku": "x", "first": "0", "limit": "10001"}},
        {"view": "item-events/1", "parameters": {"item": "x", "first": "0"}},
        {"view": "item-events/1", "parameters": {"item": ""}},
        {"view": "raw-storage/1", "parameters": {"address": "0x" + "AB" * 20, "slots": []}},
        {"view": "raw-storage/1", "parameters": {"address": "0x" + "ab" * 20, "slots": ["0x" + "00" * 32] * 2}},
        {"view": "transaction/1", "parameters": {"hash": "0x00"}},
    ],
)
def test_a_question_that_is_not_well_formed_is_the_clients_fault(question: Any) -> None:
    with pytest.raises(InvalidInput):
        Question.parse(question)


def test_a_pin_reads_what_it_writes() -> None:
    pin = ContractPin(bytes(20), bytes(32), 3)
    assert ContractPin.read(pin.as_json(), "pin") == pin


@pytest.mark.parametrize("number", ["1e400", "-1e400", "-0.0", "1.0", "1E5", "1e16", "0.1e1", "123456789.10"])
def test_a_float_has_one_spelling(number: str) -> None:
    asked = case("item-events/1")
    data = encode_bundle(asked.bundle).replace(b'"value":26.5', b'"value":' + number.encode())
    expect(1, Code.SHAPE, asked, data)
