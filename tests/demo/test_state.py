"""The state file survives crashes, the tampering changes what it says, percentiles are nearest rank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger_cli.demo.figures import percentile
from liveledger_cli.demo.state import DemoState
from liveledger_cli.demo.tamper import drop_leaf, flip_byte


def test_an_unfinished_run_is_continued(tmp_path: Path) -> None:
    state = DemoState(tmp_path / "demo.json")
    run = state.open_run()
    state.record(run, "world", {"places": [1, 2]})
    again = DemoState(tmp_path / "demo.json")
    resumed = again.open_run()
    assert (resumed.number, resumed.steps) == (1, {"world": {"places": [1, 2]}})
    assert resumed.key("batch", 3) == run.key("batch", 3)
    again.finish(resumed)
    assert DemoState(tmp_path / "demo.json").open_run().number == 2


def test_a_plan_is_made_once(tmp_path: Path) -> None:
    state = DemoState(tmp_path / "demo.json")
    assert state.plan(state.set_up, "salts", lambda: {"salt": "a"}) == {"salt": "a"}
    again = DemoState(tmp_path / "demo.json")
    assert again.plan(again.set_up, "salts", lambda: {"salt": "b"}) == {"salt": "a"}


def test_steps_can_be_taken_back(tmp_path: Path) -> None:
    state = DemoState(tmp_path / "demo.json")
    run = state.open_run()
    state.record(run, "session", {"at": 1})
    state.forget(run, ("session", "never-done"))
    assert DemoState(tmp_path / "demo.json").open_run().steps == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "x/1", "runs": []}', '{"format": "liveledger-demo/1", "runs": [1]}']
)
def test_junk_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo.json").write_text(text)
    with pytest.raises(ConfigurationError):
        DemoState(tmp_path / "demo.json")


def bundle() -> dict[str, Any]:
    leaves = {"first": "0", "page": [{"payload": "0x00"}, {"payload": "0x0102"}], "later": []}
    contracts = {"StockLedger": {"account": ["0xff00aabb", "0x01"]}}
    evidence = {"contracts": contracts, "documents": [{"salt": "0x01"}, None], "leaves": leaves}
    return {"answer": {"count": "2", "events": [{"block": "1"}, {"block": "2"}]}, "evidence": evidence}


def test_one_byte_is_changed() -> None:
    changed = flip_byte(bundle())
    assert changed["evidence"]["contracts"] == {"StockLedger": {"account": ["0xff00abbb", "0x01"]}}
    assert changed["evidence"]["leaves"] == bundle()["evidence"]["leaves"]


def test_a_bundle_whose_evidence_is_in_the_tries_alone_is_changed_there() -> None:
    changed = flip_byte({"evidence": {}, "nodes": ["0x0102", "0xff00aabb"]})
    assert changed["nodes"] == ["0x0102", "0xff00abbb"]


def test_one_leaf_is_left_out_with_all_that_goes_with_it() -> None:
    before = bundle()
    changed = drop_leaf(before)
    assert changed["evidence"]["leaves"]["page"] == [{"payload": "0x00"}]
    assert changed["evidence"]["documents"] == [{"salt": "0x01"}]
    assert changed["answer"] == {"count": "1", "events": [{"block": "1"}]}
    assert before == bundle()


def test_nothing_to_tamper_with() -> None:
    for tamper in (flip_byte, drop_leaf):
        with pytest.raises(InvalidInput):
            tamper({"evidence": {}})


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_percentile_is_a_value_that_was_measured(values: list[float], percent: int) -> None:
    result = percentile(values, percent)
    assert result in values
    assert sum(value <= result for value in values) * 100 >= percent * len(values)


def test_percentiles_by_hand() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 50), percentile(values, 99), percentile(values, 100)) == (50, 99, 100)
    with pytest.raises(InvalidInput):
        percentile([], 50)
