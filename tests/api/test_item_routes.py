"""The route of an item's history: which question is asked for which spelling. No ledger runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from liveledger.prover.prover import ProofPending
from liveledger_api.provenance import history
from liveledger_api.settings import ApiSettings
from liveledger_api.verified import ProofMode, Wanted
from tests.api.support import World

LINK = "https://id.gs1.org/01/09521234567899/21/77"
URN = "urn:epc:id:sgtin:9521234.056789.77"
BROKEN = "https://id.gs1.org/01/09521234567898/21/77"


@pytest.fixture
def held(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many events the ledger holds under each URI, and by others; fill it in."""
    counts: dict[str, int] = {}

    def answered(_parts: Any, want: Wanted, question: dict[str, Any]) -> dict[str, Any]:
        if counts.get("pending"):
            raise ProofPending("wait for it")
        others = [{"organisation": "12", "count": str(counts.get("others", 0))}]
        count = counts.get(question["parameters"]["item"], 0)
        whose = {"organisation": None, "claimed_by": None}
        answer = {**whose, "count": str(count), "events": [], "others": others}
        proof = None if want.mode is ProofMode.NONE else {"question": question}
        return {"answer": answer, "block": {"height": "7"}, "proof": proof}

    monkeypatch.setattr(history, "answered", answered)
    return counts


def get(world: World, item: str, **parameters: str) -> Any:
    """An answer about an item."""
    return world.client.get(f"/items/{quote(item, safe='')}/events", params=parameters)


def test_every_spelling_asks_for_the_one_form(world: World, held: dict[str, int]) -> None:
    held[LINK] = 2
    for spelling in (LINK, URN, "http://shop.example.com/01/9521234567899/21/77?17=271231"):
        found = get(world, spelling, proof="true").json()
        assert (found["item"], found["answer"]["count"]) == (LINK, "2")
        assert found["proof"]["question"] == {"view": "item-events/2", "parameters": {"item": LINK}}


def test_a_page_and_one_organisation(world: World, held: dict[str, int]) -> None:
    asked = {"first": "3", "limit": "2", "organisation": "12"}
    found = get(world, URN, proof="true", **asked).json()
    assert found["proof"]["question"]["parameters"] == {"item": LINK, **asked}
    bundle = get(world, URN, proof="bundle", **asked)
    assert bundle.json()["question"]["parameters"] == {"item": LINK, **asked}
    place = bundle.headers["Content-Location"]
    assert place.startswith(f"/items/{quote(LINK, safe='')}/events?as_written=true&")
    assert world.client.get(f"{place}&proof=true").json()["proof"] == bundle.json()
    for wrong in ("0", "4096", "x", "-1"):
        assert get(world, URN, organisation=wrong).status_code == 400


def test_nothing_by_anybody_is_not_found(world: World, held: dict[str, int]) -> None:
    nothing = get(world, URN)
    assert (nothing.status_code, nothing.json()["item"]) == (404, LINK)
    assert get(world, URN, proof="true").json()["answer"]["count"] == "0"
    held["others"] = 1
    assert get(world, URN).status_code == 200


def test_a_broken_identifier_is_refused_unless_it_is_asked_as_written(world: World, held: dict[str, int]) -> None:
    held[BROKEN] = 1
    refused = get(world, BROKEN)
    assert (refused.status_code, refused.json()["code"]) == (400, "gs1-check-digit")
    assert "as_written=true" in refused.json()["hint"]
    assert get(world, BROKEN, as_written="true").json()["answer"]["count"] == "1"
    assert get(world, URN, as_written="perhaps").status_code == 400


def test_a_proof_may_have_to_wait(world: World, held: dict[str, int]) -> None:
    held.update({LINK: 1, "pending": 1})
    for parameters in ({"proof": "true"}, {"proof": "bundle"}):
        waiting = get(world, LINK, **parameters)
        assert (waiting.status_code, waiting.json()["status"]) == (202, "pending")
        assert int(waiting.headers["Retry-After"]) >= 1


def test_members_that_are_shown() -> None:
    assert ApiSettings().shown() is None
    assert ApiSettings(shown_members="type, eventTime,").shown() == {"type", "eventTime"}
    assert ApiSettings(shown_members="").shown() == frozenset()
