"""EPCIS documents and events as they come from outside, sent to the application over a simulated chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.support import World, world
from tests.outsiders.cases import Case, cases


def sent(made: World, case: Case) -> None:
    """Sends an input where its outcome says, and checks status, code and the paths of what is wrong."""
    right = case.outcomes["api"]
    response = made.client.post(right["to"], content=case.content, headers={"Content-Type": "application/ld+json"})
    assert response.status_code == right["status"], response.text
    if "code" in right:
        assert response.json()["code"] == right["code"]
    if right["to"] == "/capture" and response.status_code == 202:
        made.settle()
        job = made.client.get(response.headers["Location"]).json()
        assert [error["path"] for error in job["errors"]] == right["errors"]
        assert {event["state"] for event in job["events"]} <= {"anchored"}
        assert bool(job["events"]) is not bool(right["errors"])


@pytest.mark.parametrize("case", cases("epcis-form", "api"), ids=lambda case: case.name)
def test_the_form_of_what_comes_from_outside(case: Case, tmp_path: Path) -> None:
    with world(tmp_path) as made:
        sent(made, case)
