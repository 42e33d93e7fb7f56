"""Every input has an outcome, and every outcome an input."""

from __future__ import annotations

import pytest

from tests.outsiders import cases


@pytest.mark.parametrize("topic", cases.topics())
def test_each_input_has_an_outcome(topic: str) -> None:
    found = cases.cases(topic)
    files = {path.name for path in (cases.INPUTS / topic).iterdir()} - {cases.OUTCOMES}
    assert {case.path.name for case in found} == files
    for case in found:
        assert case.why, case.name
        assert case.outcomes, case.name
        assert set(case.outcomes) <= cases.CHANNELS, case.name
