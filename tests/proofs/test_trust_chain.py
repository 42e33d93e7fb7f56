"""The anchor chain: three years and 65 changes of the validators, checked from 96 bits of the genesis fingerprint."""

from __future__ import annotations

import base64
import copy
import functools
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.prover.errors import ProofBroken
from liveledger.prover.trust_chains import SPACING_SECONDS, make_chain
from liveledger.verifier import Code, Question, Refusal, encode_bundle, verify
from liveledger.verifier.anchor import VALIDITY_SECONDS
from liveledger.verifier.trust_chain import MAX_CHAIN_BYTES, MAX_UPDATES, ChainVerdict, GenesisCode, check_chain
from tests.simulators.chain import EVM_CHAIN_ID
from tests.simulators.consensus import GENESIS_TIME, Signer
from tests.simulators.ledger import SimulatedLedger

DAY = 86_400
CHANGES = 65
QUESTION = Question.parse(
    {"view": "raw-storage/1", "parameters": {"address": "0x" + "77" * 20, "slots": ["0x" + "00" * 32]}}
)


def signers(*seeds: int) -> list[Signer]:
    return [Signer.make(seed) for seed in seeds]


def chain_of(ledger: SimulatedLedger) -> bytes:
    return make_chain(ledger.execution, ledger.consensus, ledger, EVM_CHAIN_ID)


@functools.cache
def three_years() -> SimulatedLedger:
    """A change every seventeen days for three years, of which the second had none; four validators, one is replaced."""
    ledger = SimulatedLedger(signers(1, 2, 3, 4), filled=False)
    ledger.mine()
    for number in range(CHANGES):
        ledger.ahead += 17 * DAY if number != 20 else 500 * DAY // 2
        ledger.mine()
        ledger.ahead += 250 * DAY if number == 20 else 0
        ledger.mine(following=signers(*range(number + 2, number + 6)))
    ledger.ahead += 30 * DAY
    for _ in range(3):
        ledger.mine()
    return ledger


@functools.cache
def good() -> tuple[bytes, GenesisCode]:
    """The chain, and the first 96 bits of the fingerprint of its genesis, as a label has them."""
    ledger = three_years()
    fingerprint = base64.b32decode(ledger.anchor(0).fingerprint())
    return chain_of(ledger), GenesisCode.read("0x" + fingerprint[:12].hex())


def checked(value: Any, now: int | None = None) -> ChainVerdict:
    data = value if isinstance(value, bytes) else canonical_json(value)
    return check_chain(data, genesis=good()[1], now=three_years().now if now is None else now)


def refused(value: Any, now: int | None = None) -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        checked(value, now)
    return int(caught.value.step), caught.value.stable_code


def loaded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(good()[0])
    return copy.deepcopy(found)


def test_a_code_of_then_checks_an_answer_of_today() -> None:
    ledger = three_years()
    assert ledger.now - GENESIS_TIME > 3 * 365 * DAY
    verdict = checked(good()[0])
    assert len(verdict.set_changes) == CHANGES
    assert verdict.anchors[0].height == 0
    assert verdict.expired
    assert verdict.expired[0] == 0
    assert verdict.newest.height not in verdict.expired
    ledger.mine()
    bundle = encode_bundle(ledger.prover().prove(QUESTION, since=verdict.newest.height))
    proven = verify(bundle, anchor=verdict.newest, question=QUESTION, now=ledger.now)
    assert proven.anchor_height == verdict.newest.height
    with pytest.raises(Refusal) as old:
        verify(bundle, anchor=verdict.anchors[0], question=QUESTION, now=ledger.now)
    assert old.value.stable_code == Code.EXPIRED_ANCHOR


def test_the_newest_is_the_anchor_that_a_node_exports_but_for_its_contracts() -> None:
    verdict, ledger = checked(good()[0]), three_years()
    for anchor in verdict.anchors[1:5]:
        exported = ledger.anchor(anchor.height)
        assert (anchor.digest, anchor.validators) == (exported.digest, exported.validators)
        assert (anchor.valid_until, anchor.issued_at) == (exported.valid_until, exported.issued_at)
        assert anchor.contracts == ledger.anchor(0).contracts


def test_updates_stand_within_360_days_of_each_other() -> None:
    times = [anchor.issued_at.seconds for anchor in checked(good()[0]).anchors]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) <= SPACING_SECONDS < VALIDITY_SECONDS
    assert len(times) == 1 + CHANGES + 2  # genesis, the changes, one in the year without, the newest


def test_expired_links_are_named_by_the_moment() -> None:
    assert checked(good()[0], GENESIS_TIME).expired == ()
    everything = checked(good()[0], three_years().now + 2 * VALIDITY_SECONDS)
    assert everything.expired == tuple(anchor.height for anchor in everything.anchors)
    shown = everything.as_json()
    assert shown["newest"]["expired"] is True
    assert len(shown["expired"]) == len(everything.anchors)


@pytest.mark.parametrize("keep", [20, 24, 26, 32])
def test_the_code_may_be_base32(keep: int) -> None:
    text = three_years().anchor(0).fingerprint()[:keep]
    assert check_chain(good()[0], genesis=GenesisCode.read(text), now=0).anchors[0].fingerprint().startswith(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A" * 19,
        "A" * 33,
        "a" * 24,
        "0x" + "00" * 11,
        "0x" + "0" * 25,
        "0x" + "00" * 21,
        "0X" + "00" * 12,
        "A1" * 10,
    ],
)
def test_less_than_96_bits_is_no_code(text: str) -> None:
    with pytest.raises(InvalidInput, match="96 bits"):
        GenesisCode.read(text)


def test_another_genesis_is_another_chain() -> None:
    for code in ("0x" + "00" * 12, "A" * 20):
        with pytest.raises(Refusal) as caught:
            check_chain(good()[0], genesis=GenesisCode.read(code), now=0)
        assert (int(caught.value.step), caught.value.stable_code) == (2, Code.WRONG_CHAIN)
    changed = loaded()
    changed["genesis"]["validators"][0]["power"] = "2"
    assert refused(changed) == (2, "wrong-chain")


def test_an_update_of_another_chain() -> None:
    changed = loaded()
    changed["updates"][3]["light_block"]["header"]["chain_id"] = "simulated-2"
    assert refused(changed) == (2, "wrong-chain")


def test_a_missing_change_is_noticed() -> None:
    changed = loaded()
    del changed["updates"][7]
    assert refused(changed) == (3, "validators-hash")


def test_a_missing_update_leaves_a_link_that_was_not_valid_any_more() -> None:
    changed = loaded()
    kept = [entry for entry in changed["updates"] if entry["validators"] is not None]
    assert len(kept) == CHANGES
    assert refused({**changed, "updates": kept}) == (3, "expired-anchor")


def test_order_is_kept() -> None:
    changed = loaded()
    first, second = changed["updates"][:2]
    assert refused({**changed, "updates": [first, first]}) == (3, "set-change")
    assert refused({**changed, "updates": [second, first]}) == (3, "validators-hash")


def test_sets_are_given_where_they_change_and_only_there() -> None:
    changed = loaded()
    changed["updates"][0]["validators"] = None
    assert refused(changed) == (3, "set-change")
    changed = loaded()
    changed["updates"][0]["validators"] = changed["genesis"]["validators"]
    assert refused(changed) == (3, "set-change")
    changed = loaded()
    changed["updates"][-1]["validators"] = changed["updates"][-2]["validators"]
    assert changed["updates"][-1]["light_block"] is not None
    assert refused(changed) == (3, "set-change")


def test_each_link_is_signed_by_more_than_two_thirds() -> None:
    changed = loaded()
    signatures = changed["updates"][5]["light_block"]["commit"]["signatures"]
    present = [place for place, entry in enumerate(signatures) if entry]
    assert len(present) == 3  # what is above two thirds is left out
    signatures[present[0]] = None
    assert refused(changed) == (3, "power")
    changed = loaded()
    entry = changed["updates"][5]["light_block"]["commit"]["signatures"]
    entry[present[0]]["signature"] = "0x" + "11" * 64
    assert refused(changed) == (3, "bad-signature")


def test_a_neighbour_follows_on_the_anchor() -> None:
    ledger = SimulatedLedger(signers(1), filled=False)
    ledger.mine(following=signers(2))
    ledger.mine(following=signers(3))
    ledger.mine()
    value = json.loads(chain_of(ledger))
    heights = [int(update["light_block"]["header"]["height"]) for update in value["updates"]]
    assert heights[:2] == [2, 3]
    code = GenesisCode.read(ledger.anchor(0).fingerprint())
    assert check_chain(canonical_json(value), genesis=code, now=0).newest.height == heights[-1]
    forked = SimulatedLedger(signers(1), filled=False)
    forked.register_place()
    forked.mine(following=signers(2))
    forked.mine()
    other = json.loads(chain_of(forked))["updates"][0]
    assert other["light_block"]["header"]["height"] == "2"
    with pytest.raises(Refusal) as caught:
        check_chain(canonical_json({**value, "updates": [other, *value["updates"][1:]]}), genesis=code, now=0)
    assert caught.value.stable_code == Code.HEADER_HASH


def test_a_chain_that_stood_still_for_a_year_has_no_anchor_chain() -> None:
    ledger = SimulatedLedger(signers(1), filled=False)
    ledger.mine()
    ledger.ahead = VALIDITY_SECONDS + DAY
    ledger.mine()
    ledger.mine()
    with pytest.raises(ProofBroken, match="not valid any more"):
        chain_of(ledger)


def test_a_chain_of_one_block() -> None:
    ledger = SimulatedLedger(signers(1), filled=False)
    ledger.mine()
    verdict = check_chain(chain_of(ledger), genesis=GenesisCode.read(ledger.anchor(0).fingerprint()), now=ledger.now)
    assert [anchor.height for anchor in verdict.anchors] == [0, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"format": "liveledger-trust-chain/2"},
        {"genesis": None},
        {"genesis": {}},
        {"updates": {}},
        {"updates": [None]},
        {"updates": [{}]},
        {"updates": [{"light_block": None, "validators": None}]},
        {"more": 1},
    ],
)
def test_other_forms(change: dict[str, Any]) -> None:
    assert refused({**loaded(), **change}) == (1, "shape")


def test_genesis_is_an_anchor_of_height_0() -> None:
    assert refused({**loaded(), "genesis": three_years().anchor(3).as_json()}) == (1, "shape")


def test_too_much() -> None:
    assert refused(b" " * (MAX_CHAIN_BYTES + 1)) == (1, "shape")
    assert refused({**loaded(), "updates": [None] * (MAX_UPDATES + 1)}) == (1, "shape")
    assert refused(b"[" * 100) == (1, "shape")


@given(st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    assert refused(data) == (1, "shape")


@given(st.data())
def test_a_flipped_bit_changes_nothing_or_is_refused(data: st.DataObject) -> None:
    """A change of the bytes either reads as the same chain (white space, spare digits are not) or is refused."""
    text = bytearray(good()[0][:6_000])
    place = data.draw(st.integers(0, len(text) - 1))
    changed = bytearray(good()[0])
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        verdict = checked(bytes(changed))
    except Refusal:
        return
    assert verdict.newest == checked(good()[0]).newest
