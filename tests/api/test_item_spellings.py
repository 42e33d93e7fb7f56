"""The routes of an item's history: which spellings are asked, and which one an answer is about. No ledger runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from liveledger.domain.items import spellings
from liveledger.proving.prover import ProofPending
from liveledger_api.events import history
from liveledger_api.verified import ProofMode, Wanted

from tests.api.support import World

LINK = "https://id.gs1.org/01/09521234567899/21/77"
URN = "urn:epc:id:sgtin:9521234.056789.77"
OTHER_URN = "urn:epc:id:sgtin:952123.0456789.77"
BROKEN = "https://id.gs1.org/01/09521234567898/21/77"


@pytest.fixture
def held(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many events the ledger holds under each spelling; fill it in."""
    counts: dict[str, int] = {}

    def length_of(_parts: Any, _want: Wanted, _view: str, parameters: dict[str, Any]) -> int:
        return counts.get(parameters["item"], 0)

    def answered(_parts: Any, want: Wanted, question: dict[str, Any]) -> dict[str, Any]:
        if counts.get("pending"):
            raise ProofPending("wait for it")
        count = counts.get(question["parameters"]["item"], 0)
        proof = None if want.mode is ProofMode.NONE else {"question": question}
        return {"answer": {"count": str(count), "events": []}, "block": {"height": "7"}, "proof": proof}

    monkeypatch.setattr(history, "length_of", length_of)
    monkeypatch.setattr(history, "answered", answered)
    return counts


def get(world: World, item: str, what: str = "events", **parameters: str) -> Any:
    """An answer about an item."""
    return world.client.get(f"/items/{quote(item, safe='')}/{what}", params=parameters)


def test_an_answer_is_about_a_spelling_that_has_events(world: World, held: dict[str, int]) -> None:
    held[URN] = 2
    found = get(world, LINK).json()
    assert (found["item"], found["asked_as"], found["answer"]["count"]) == (LINK, URN, "2")
    assert found["also"] == []
    assert set(found["nothing_under"]) == {*spellings(LINK)} - {URN}
    assert get(world, URN).json()["asked_as"] == URN


def test_the_spelling_that_was_asked_comes_first(world: World, held: dict[str, int]) -> None:
    held.update({URN: 2, LINK: 1, OTHER_URN: 3})
    for asked in held:
        found = get(world, asked, proof="true").json()
        assert found["asked_as"] == asked
        assert found["proof"]["question"]["parameters"] == {"item": asked}
        also = {part["asked_as"]: part["answer"]["count"] for part in found["also"]}
        assert also == {name: str(count) for name, count in held.items() if name != asked}
        assert all(part["proof"]["question"]["parameters"] == {"item": part["asked_as"]} for part in found["also"])


def test_nothing_is_said_of_every_spelling(world: World, held: dict[str, int]) -> None:
    nothing = get(world, LINK)
    assert (nothing.status_code, nothing.json()["asked_as"]) == (404, list(spellings(LINK)))
    assert "under any of 8 spellings" in nothing.json()["detail"]
    proven = get(world, LINK, proof="true").json()
    assert (proven["asked_as"], proven["answer"]["count"], len(proven["nothing_under"])) == (LINK, "0", 7)
    own = get(world, "urn:uuid:1")
    assert (own.status_code, own.json()["detail"]) == (404, "no event on the ledger names this item as urn:uuid:1")


def test_one_spelling_by_itself(world: World, held: dict[str, int]) -> None:
    held[URN] = 2
    assert get(world, LINK, as_written="true").status_code == 404
    alone = get(world, LINK, as_written="true", proof="true").json()
    assert (alone["asked_as"], alone["answer"]["count"], "also" in alone) == (LINK, "0", False)
    assert get(world, URN, as_written="true").json()["answer"]["count"] == "2"
    assert get(world, URN, as_written="perhaps").status_code == 400


def test_a_broken_identifier_is_refused_unless_it_is_asked_as_written(world: World, held: dict[str, int]) -> None:
    held[BROKEN] = 1
    for what in ("events", "spellings"):
        refused = get(world, BROKEN, what)
        assert (refused.status_code, refused.json()["code"]) == (400, "gs1-check-digit")
        assert "as_written=true" in refused.json()["hint"]
    assert get(world, BROKEN, as_written="true").json()["answer"]["count"] == "1"


def test_spellings_are_counted(world: World, held: dict[str, int]) -> None:
    held[OTHER_URN] = 3
    found = get(world, LINK, "spellings").json()
    assert (found["item"], found["left_out"]) == (LINK, "0")
    assert [entry["asked_as"] for entry in found["spellings"]] == list(spellings(LINK))
    assert [entry["count"] for entry in found["spellings"] if entry["asked_as"] == OTHER_URN] == ["3"]


def test_a_proof_may_have_to_wait(world: World, held: dict[str, int]) -> None:
    held.update({URN: 1, "pending": 1})
    for parameters in ({"proof": "true"}, {"proof": "bundle"}, {"proof": "true", "as_written": "true"}):
        waiting = get(world, LINK, **parameters)
        assert (waiting.status_code, waiting.json()["status"]) == (202, "pending")
        assert int(waiting.headers["Retry-After"]) >= 1
