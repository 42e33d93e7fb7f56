"""Whatever comes back as an answer is a result or a fault, never an error of the reader's own."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.json_rpc import Fault, answers_by_number, result_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("id", "result", "error", "code", "message", "data", "x")), inner, max_size=4)
    ),
    max_leaves=12,
)


class Failed(Exception):
    """A client's own error."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@pytest.mark.parametrize(("result"), [None, 0, "0x", {"a": [1]}, False])
def test_a_result_is_given_as_it_came(result: Any) -> None:
    assert result_of({"jsonrpc": "2.0", "id": 1, "result": result}, 1, Failed) == result
    assert result_of({"id": 1, "result": result, "error": None}, 1, Failed) == result


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"id": 1, "error": {"code": -32000, "message": "no", "data": "0x08"}}, Fault("no", -32000, "0x08")),
        ({"id": 1, "error": {"code": "junk"}}, Fault("", 0)),
        ({"id": 1, "error": "junk", "result": 5}, Fault("junk", 0)),
        ({"id": 1, "error": {}}, Fault("", 0)),
        ({"id": 2, "result": 5}, Fault("the answer does not belong to the call")),
        ({"result": 5}, Fault("the answer does not belong to the call")),
        ([1], Fault("the answer does not belong to the call")),
        (None, Fault("the answer does not belong to the call")),
        ({"id": 1}, Fault("there is neither a result nor an error")),
    ],
)
def test_a_fault_says_what_is_wrong(answer: Any, fault: Fault) -> None:
    with pytest.raises(Failed) as failed:
        result_of(answer, 1, Failed)
    assert failed.value.fault == fault


def test_a_batch_by_number() -> None:
    rows = [{"id": 1, "result": 5}, {"id": [1]}, "junk", {"id": "a"}, {"x": 1}]
    assert answers_by_number(rows, Failed) == {1: rows[0], "a": rows[3]}
    for refused in ({"id": None, "error": {"code": -32600, "message": "too large"}}, {"id": 1, "result": []}, "junk"):
        with pytest.raises(Failed):
            answers_by_number(refused, Failed)


@given(JSON)
def test_junk_is_a_result_or_a_fault(answer: Any) -> None:
    for read in (lambda: result_of(answer, 1, Failed), lambda: answers_by_number(answer, Failed)):
        with contextlib.suppress(Failed):
            read()
