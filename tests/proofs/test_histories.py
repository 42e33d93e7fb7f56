"""Histories of items: nobody writes into another's, whatever he captures, and old pages stay provable."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.errors import InvalidInput
from liveledger.domain.item_keys import ItemKey
from liveledger.prover.errors import NothingToProve, TooFarBehind
from liveledger.verifier import Question, Verdict, encode_bundle, layout, verify
from liveledger.verifier.refusal import Code, Refusal
from liveledger.verifier.shape import MAX_BUNDLE_BYTES
from liveledger.verifier.withholding import withhold
from liveledger_cli.main import assemble
from liveledger_cli.verify import withhold as command
from tests.proofs import scenario
from tests.proofs.making.chains import fresh, lone
from tests.proofs.making.histories import BRAND, GTIN, ITEM, OWN, PALLET, RIVAL, STRANGER, VIEW, asked, event, shown
from tests.simulators.ledger import SimulatedLedger

JUNK, BLOCKS = 10_100, 20
NOW = 1_700_000_100


@functools.cache
def flooded() -> SimulatedLedger:
    """A brand's three events, and 10,100 by a stranger between the second and the third."""
    ledger = lone()
    ledger.deploy(layout.PROVENANCE, version=2)
    ledger.claim(GTIN, BRAND)
    for note in ("first", "second"):
        ledger.capture_by(BRAND, ITEM, event(note=note), standing=OWN, kind=1)
        ledger.mine()
    ledger.capture_by(STRANGER, ITEM, event(note="junk 0"), kind=5)
    ledger.mine()
    stream = ItemKey.of(ITEM).stream(STRANGER)
    payload = ledger.rows[layout.PROVENANCE, stream][0].leaf.payload
    for _ in range(BLOCKS):
        for _ in range((JUNK - 1) // BLOCKS):
            ledger.append(layout.PROVENANCE, stream, 1, payload)
        ledger.mine()
    for _ in range((JUNK - 1) % BLOCKS):
        ledger.append(layout.PROVENANCE, stream, 1, payload)
    ledger.capture_by(BRAND, ITEM, event(note="third"), standing=OWN, kind=1)
    ledger.mine()
    ledger.mine()
    return ledger


def proven(ledger: SimulatedLedger, *, seen: int = 0, height: int | None = None, **parameters: str) -> Verdict:
    question = Question.parse({"view": VIEW, "parameters": {"item": ITEM, **parameters}})
    bundle = encode_bundle(ledger.prover().prove(question, height=height))
    assert len(bundle) <= MAX_BUNDLE_BYTES
    return verify(bundle, anchor=ledger.anchor(0), question=question, now=NOW, minimum_height=seen)


@pytest.fixture
def compact(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that has no state but the newest."""
    execution, newest = flooded().execution, flooded().prover().verifiable()
    prove = execution.proof

    def forgetful(address: bytes, slots: Any, block: int) -> Any:
        if block < newest:
            raise RpcError("missing trie node", rpc_code=-32000)
        return prove(address, slots, block)

    monkeypatch.setattr(execution, "proof", forgetful)


def brands_history() -> None:
    verdict = proven(flooded(), seen=flooded().prover().verifiable())
    assert [entry["event"]["note"] for entry in verdict.answer["events"]] == ["first", "second", "third"]
    assert verdict.answer["others"] == [{"organisation": str(STRANGER), "count": str(JUNK)}]
    assert "all 3 events" in str(verdict.supports.complete)
    assert f"{JUNK} events by 1 others" in str(verdict.supports.complete)


def test_ten_thousand_junk_events_leave_the_brands_history_as_it_is() -> None:
    brands_history()


@pytest.mark.usefixtures("compact")
def test_the_same_on_a_node_without_old_states() -> None:
    brands_history()


def test_the_strangers_oldest_page_is_proven_at_an_older_block() -> None:
    newest = flooded().prover().verifiable()
    verdict = proven(flooded(), seen=newest, organisation=str(STRANGER), first="0", limit="2")
    assert verdict.block < newest
    assert verdict.lasting
    assert [entry["standing"] for entry in verdict.answer["events"]] == ["none"] * 2
    assert int(verdict.answer["count"]) > 2
    last = proven(flooded(), seen=newest, organisation=str(STRANGER), first=str(JUNK - 2), limit="2")
    assert last.answer["count"] == str(JUNK)


@pytest.mark.usefixtures("compact")
def test_a_node_without_old_states_says_where_to_ask() -> None:
    with pytest.raises(TooFarBehind) as caught:
        proven(flooded(), organisation=str(STRANGER), first="0", limit="2")
    assert "archive" in caught.value.hint


def test_an_old_page_of_a_history_with_counts_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others listed changes: the hint names the question that can be proven."""
    monkeypatch.setattr("liveledger.prover.recorder.MAX_LEAVES", 1)
    monkeypatch.setattr("liveledger.prover.recorder._ENOUGH_LATER", 0)
    with pytest.raises(TooFarBehind) as caught:
        proven(flooded(), first="0", limit="1")
    assert "organisation" in caught.value.hint
    assert proven(flooded(), organisation=str(BRAND), first="0", limit="1").lasting


def test_an_old_end_of_a_list_is_no_end() -> None:
    seen = flooded().prover().verifiable()
    for parameters in ({}, {"organisation": str(BRAND)}, {"organisation": str(BRAND), "first": "1", "limit": "1"}):
        assert proven(flooded(), height=3, **parameters).block == 3
        with pytest.raises(Refusal) as caught:
            proven(flooded(), height=3, seen=seen, **parameters)
        assert caught.value.stable_code == Code.BELOW_ANCHOR


def test_rival_claims_are_shown_and_take_nothing() -> None:
    whole, rival = asked().verify(now=NOW), asked(organisation=str(RIVAL)).verify(now=NOW)
    assert whole.answer["claimed_by"] == [str(BRAND), str(RIVAL)]
    assert whole.answer["others"][0] == {"organisation": str(RIVAL), "count": "0"}
    assert (rival.answer["events"], rival.answer["claimed_by"], rival.answer["others"]) == ([], None, None)


def test_each_event_says_by_whom_and_why() -> None:
    events = asked().verify(now=NOW).answer["events"]
    told = [(entry["by"], entry["kind"], entry["standing"]) for entry in events]
    brand = ("7", "1", "brand")
    assert told == [brand, ("21", "4", "approved"), ("30", "7", "authority"), brand, brand]
    assert events[4]["corrects"] == events[3]["event_hash"]
    assert [entry["event"] is None for entry in events] == [False] * 4 + [True]


def test_an_item_that_no_brand_claims_has_lists_of_others_alone() -> None:
    verdict = asked(PALLET).verify(now=NOW)
    assert verdict.answer["organisation"] is None
    assert verdict.answer["others"] == [{"organisation": "21", "count": "1"}]
    assert "no brand claims this item" in str(verdict.supports.complete)


def test_withheld_fields_are_named_and_counted() -> None:
    verdict = asked(ledger=shown("type", "epcList")).verify(now=NOW)
    first = verdict.answer["events"][0]
    assert set(first["event"]) == {"type", "epcList", "sensorElementList"}
    assert first["event"]["sensorElementList"] == [None]
    assert "/action" not in first["event"]
    assert "/note" in first["withheld"]
    assert "fields of 4 events are withheld" in str(verdict.supports.complete)


def members_seen(entry: dict[str, Any]) -> set[str]:
    """Members of an event that show something: of a list whose items are all withheld, there is its length alone."""
    shown = entry["event"] or {}
    hidden = {name for name, value in shown.items() if isinstance(value, list) and {*map(type, value)} == {type(None)}}
    return shown.keys() - hidden


def test_a_saved_history_is_handed_on_with_fewer_fields() -> None:
    members = ("type", "epcList")
    saved = encode_bundle(asked().bundle)
    handed = encode_bundle(withhold(saved, members))
    assert handed == encode_bundle(asked(ledger=shown(*members)).bundle)  # as a server that shows these alone gives it
    fewer = withhold(handed, ["type", "action"])
    verdict = asked().verify(encode_bundle(fewer), now=NOW)
    assert [members_seen(entry) for entry in verdict.answer["events"]] == [{"type"}] * 4 + [set()]


def test_salts_of_withheld_fields_are_gone() -> None:
    saved = encode_bundle(asked().bundle)
    (salt, *_) = [entry["salt"] for entry in asked().bundle["evidence"]["disclosures"] if entry]
    nothing = encode_bundle(withhold(saved, []))
    assert salt.encode() in saved
    assert salt.encode() not in nothing
    verdict = asked().verify(nothing, now=NOW)
    assert [members_seen(entry) for entry in verdict.answer["events"]] == [set()] * 5


def test_what_cannot_be_withheld_of() -> None:
    with pytest.raises(InvalidInput, match="answers stock/2"):
        withhold(encode_bundle(scenario.case("stock/2").bundle), ["type"])
    for junk in (b"", b"[]", b'{"question": 1}'):
        with pytest.raises(Refusal):
            withhold(junk, ["type"])
    for spoil in ({"events": []}, {"events": [1] * 5}, {}, []):
        with pytest.raises(Refusal, match="does not have 5 events"):
            withhold(encode_bundle({**asked().bundle, "answer": spoil}), ["type"])


def test_the_command_writes_what_it_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "time", SimpleNamespace(time=lambda: NOW))
    files = [tmp_path / name for name in ("saved", "trust.json", "left")]
    files[0].write_bytes(encode_bundle(asked().bundle))
    files[1].write_bytes(asked().anchor.emit())
    words = ["withhold", str(files[0]), "type", "--out", str(files[2]), "--trust", str(files[1]), "--json"]
    done = CliRunner().invoke(assemble(words), words)
    assert done.exit_code == 0, (done.output, done.exception)
    assert int(json.loads(done.stdout)["bytes"]) == files[2].stat().st_size
    assert files[2].read_bytes() == encode_bundle(withhold(files[0].read_bytes(), ["type"]))


def test_version_1_is_asked_otherwise() -> None:
    old = fresh(layout.PROVENANCE)
    old.mine()
    with pytest.raises(NothingToProve) as caught:
        proven(old)
    assert "version 1" in str(caught.value)
    question = Question.parse({"view": "item-events/1", "parameters": {"item": ITEM}})
    with pytest.raises(NothingToProve) as caught:
        flooded().prover().prove(question)
    assert "ask item-events/2" in caught.value.hint
