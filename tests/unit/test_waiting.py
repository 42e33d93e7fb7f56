"""Waiting ends with the first true answer, or with what the caller makes of it when the time is over."""

from __future__ import annotations

import itertools

import pytest

from liveledger.domain.errors import Unavailable
from liveledger.domain.waiting import comes_true, wait_until


def late() -> Exception:
    return Unavailable("block 7 did not come")


def test_the_first_true_answer_is_given_back() -> None:
    answers = iter([None, "", "seven", "eight"])
    assert wait_until(lambda: next(answers), 60.0, late, pause=0.0) == "seven"
    assert next(answers) == "eight"


def test_without_any_time_it_is_asked_once() -> None:
    asked = itertools.count()
    with pytest.raises(Unavailable, match="block 7 did not come"):
        wait_until(lambda: next(asked) > 0, 0.0, late)
    assert next(asked) == 1
    assert wait_until(lambda: True, -1.0, late)


def test_it_is_asked_once_more_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr("time.sleep", sleep)
    seen = list[float]()
    with pytest.raises(Unavailable):
        wait_until(lambda: seen.append(clock[0]), 1.0, late, pause=0.4)
    assert seen == pytest.approx([0.0, 0.4, 0.8, 1.0])
    assert slept == pytest.approx([0.4, 0.4, 0.2])


def test_an_error_of_the_question_is_no_answer() -> None:
    def broken() -> bool:
        raise TimeoutError("the socket's own")

    with pytest.raises(TimeoutError, match="own"):
        comes_true(broken, 60.0)


def test_whoever_goes_on_in_either_case_is_told() -> None:
    turns = itertools.count()
    assert comes_true(lambda: next(turns) == 3, 60.0, pause=0.0)
    assert not comes_true(lambda: False, 0.0)
