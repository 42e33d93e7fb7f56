"""What does not fit into a bundle: settlements come in pages, and no hint names what the view cannot do."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from liveledger.domain.hashing import uint_word
from liveledger.prover import hints, recorder
from liveledger.prover.errors import BundleTooLarge, TooFarBehind
from liveledger.verifier import Question, Verdict, encode_bundle, layout, verify
from liveledger.verifier.refusal import Code, Refusal
from liveledger.verifier.shape import MAX_BUNDLE_BYTES
from tests.proofs import scenario
from tests.proofs.making.chains import ALL_QUESTIONS, fresh
from tests.proofs.scenario import AGREEMENT, HEX_POSTER, ITEM
from tests.simulators.chain import SKU
from tests.simulators.ledger import SimulatedLedger
from tests.simulators.tries import keccak

SESSIONS, SKUS, NOW = 26, 200, 1_700_000_100
WHOLE = {"agreement": "0x" + AGREEMENT.hex()}


@functools.cache
def ledger() -> SimulatedLedger:
    """Sessions of one agreement, with as many SKUs as a page of terms and a half."""
    made = fresh(layout.SETTLEMENT)
    rows = [scenario.input_row(SKU + number, 25, 1_000, 1_000, 100, 0, 900) for number in range(SKUS)]
    pages = [b"".join(rows[:128]), b"".join(rows[128:])]
    made.agree(AGREEMENT, 5_000, scenario.hash_of_terms(pages))
    rolling = keccak(keccak(bytes(32) + keccak(pages[0])) + keccak(pages[1]))
    loss = SKUS * 900 * 25
    for number in range(SESSIONS):
        session = keccak(b"session %d" % number)
        for at, page in enumerate(pages):
            made.settle_page(session, at, page)
        figures = b"".join(map(uint_word, (loss, loss // 2, loss - loss // 2, SKUS)))
        made.append(layout.SETTLEMENT, AGREEMENT, 1, session + figures + rolling)
        made.mine()
    made.mine()
    return made


def question(view: str, **parameters: str) -> Question:
    return Question.parse({"view": view, "parameters": parameters})


def proven(asked: Question, *, height: int | None = None, seen: int = 0) -> Verdict:
    bundle = encode_bundle(ledger().prover().prove(asked, height=height))
    assert len(bundle) <= MAX_BUNDLE_BYTES
    return verify(bundle, anchor=ledger().anchor(0), question=asked, now=NOW, minimum_height=seen)


def test_an_agreement_of_many_sessions_is_proven_page_by_page() -> None:
    with pytest.raises(BundleTooLarge) as whole:
        proven(question("settlement/1", **WHOLE))
    assert whole.value.hint == "ask settlement/2 for a page of it: first and limit"
    found: list[Any] = []
    for first in range(0, SESSIONS, 13):
        answer = proven(question("settlement/2", **WHOLE, first=str(first), limit="13")).answer
        assert (answer["count"], answer["known"], answer["terms"]["brand_bps"]) == (str(SESSIONS), True, "5000")
        found += answer["settlements"]
    assert [entry["session"] for entry in found] == ["0x" + keccak(b"session %d" % n).hex() for n in range(SESSIONS)]
    assert {len(entry["inputs"]) for entry in found} == {SKUS}
    with pytest.raises(BundleTooLarge) as large:
        proven(question("settlement/2", **WHOLE, first="0", limit="26"))
    assert large.value.hint == "ask for a smaller page"
    with pytest.raises(BundleTooLarge) as unpaged:
        proven(question("settlement/2", **WHOLE))
    assert unpaged.value.hint == "ask for a page of it: first and limit"


def test_both_versions_say_the_same() -> None:
    old = proven(question("settlement/1", **WHOLE), height=4).answer
    new = proven(question("settlement/2", **WHOLE), height=4).answer
    assert old == new
    assert int(old["count"]) > 1


def test_an_old_page_of_settlements_is_true_for_ever_and_an_old_end_is_not() -> None:
    newest = ledger().prover().verifiable()
    assert proven(question("settlement/2", **WHOLE, first="0", limit="1"), height=4, seen=newest).block == 4
    with pytest.raises(Refusal) as refused:
        proven(question("settlement/2", **WHOLE, first="1", limit="20"), height=4, seen=newest)
    assert refused.value.stable_code == Code.BELOW_ANCHOR


@pytest.mark.parametrize("view", sorted(ALL_QUESTIONS))
def test_what_a_hint_names_can_be_asked(view: str) -> None:
    """The advice is followed to the letter: the question that it names is well formed."""
    parameters = dict(ALL_QUESTIONS[view])
    if view == "transaction/1":
        parameters["hash"] = "0x" + "11" * 32
    for _ in range(3):
        asked = question(view, **parameters)
        hint = hints.for_less(asked)
        if "fits into no bundle" in hint:
            assert parameters.get("limit", "1") == "1"
            return
        if hint == "ask for fewer slots":
            parameters["slots"] = parameters["slots"][:1]
        elif hint == "ask for a smaller page":
            parameters["limit"] = "1"
        else:
            assert "for a page of it: first and limit" in hint
            view = hint.split()[1] if hint.startswith("ask settlement/") else view
            parameters |= {"first": "0", "limit": "2"}
    pytest.fail("the hints lead nowhere")


def test_a_page_that_too_many_follow_gets_the_hint_of_its_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MAX_LEAVES", 2)
    monkeypatch.setattr(recorder, "_ENOUGH_LATER", 1)
    made = fresh(layout.PROVENANCE, layout.STOCK_LEDGER)
    for number in range(6):
        made.capture(ITEM, {"epcList": [ITEM], "n": number})
        made.post([scenario.movement(number)])
        made.mine()
    made.mine()
    page = {"first": "0", "limit": "1"}
    batches = question("poster-batches/1", poster=HEX_POSTER, lane="0", **page)
    with pytest.raises(TooFarBehind) as named:
        made.prover().prove(batches, height=made.prover().verifiable())
    assert named.value.hint == "ask without naming the block: this page is proven at an older one"
    assert made.prover().prove(batches)["answer"]["batches"]
    with pytest.raises(TooFarBehind) as events:
        made.prover().prove(question("item-events/1", item=ITEM, **page))
    assert events.value.hint.startswith("ask for a later page: ")
    assert "archive" not in events.value.hint
    with pytest.raises(BundleTooLarge) as whole:
        made.prover().prove(question("item-events/1", item=ITEM))
    assert whole.value.hint == "ask for a page of it: first and limit"
    later = question("item-events/1", item=ITEM, first="4", limit="1")
    assert len(made.prover().prove(later)["answer"]["events"]) == 1
