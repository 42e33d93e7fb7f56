"""EPCIS documents and events as they come from outside, sent to the application over a simulated chain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.support import World, world
from tests.outsiders.cases import Case, cases


def sent(made: World, case: Case) -> list[str]:
    """Sends an input where its outcome says, and checks status, code and what is wrong at which path.

    Returns the ids of the events that were kept, in the order of the document.
    """
    right = case.outcomes["api"]
    response = made.client.post(right["to"], content=case.content, headers={"Content-Type": "application/ld+json"})
    assert response.status_code == right["status"], response.text
    if response.status_code != 202:
        assert response.json()["code"] == right["code"]
        return []
    made.settle()
    job = made.client.get(response.headers["Location"]).json()
    assert [error["path"] for error in job["errors"]] == right["errors"]
    if "codes" in right:
        assert [error["code"] for error in job["errors"]] == right["codes"]
    assert {event["state"] for event in job["events"]} <= {"anchored"}
    assert bool(job["events"]) is not bool(right["errors"])
    return [event["eventID"] for event in job["events"]]


@pytest.mark.parametrize(
    "case", [*cases("epcis-form", "api"), *cases("epcis-items", "api")], ids=lambda case: case.name
)
def test_what_comes_from_outside_is_kept_or_refused(case: Case, tmp_path: Path) -> None:
    with world(tmp_path) as made:
        sent(made, case)


@pytest.mark.parametrize("case", cases("epcis-errors", "api"), ids=lambda case: case.name)
def test_declarations_of_error_are_kept_and_linked(case: Case, tmp_path: Path) -> None:
    with world(tmp_path) as made:
        ids = sent(made, case)
        rows = {
            json.dumps(row["event"], sort_keys=True): row
            for each in set(ids)
            for row in made.events.with_id(each, lambda _: True)
        }
        assert len(rows) == len(ids)
        found = [{"eventID": each} | event for each, event in zip(ids, listed(case) if ids else [], strict=True)]
        kept = [rows[json.dumps(event, sort_keys=True)] for event in found]
        hashes = [row["eventHash"] for row in kept]
        linked = [
            [place, hashes.index(row["declaresErrorOf"])] for place, row in enumerate(kept) if row["declaresErrorOf"]
        ]
        assert linked == case.outcomes["api"].get("declared", [])


def listed(case: Case) -> list[dict[str, Any]]:
    """The events of a document."""
    return list(json.loads(case.content)["epcisBody"]["eventList"])
