"""How many validators may fail, and the report's JSON as docs/network-status.md has it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from liveledger.node.control import NodeReport
from liveledger.node.network_status import NetworkReport, _age
from liveledger.node.validator_set import ValidatorSet, tolerated
from tests.house.tree import ROOT

CONSENSUS = {
    "height": 9,
    "block_time": "2026-11-24T08:00:00.5Z",
    "app_hash": "",
    "catching_up": False,
    "power": 10,
    "rules_version": "1",
    "peers": 0,
}
VERSION = {"liveledger": "0.1.0", "rules": "1", "geth": "v1", "cometbft": "v0"}
MEMBER = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


@pytest.mark.parametrize(
    ("powers", "may_fail"),
    [
        ([], 0),
        ([10], 0),
        ([10] * 3, 0),
        ([10] * 4, 1),
        ([10] * 6, 1),
        ([10] * 7, 2),
        ([10] * 12, 3),
        ([10] * 13, 4),
        ([40, 10, 10, 10], 0),
        ([30, 20, 20, 20, 20], 1),
    ],
)
def test_how_many_may_fail(powers: list[int], may_fail: int) -> None:
    assert tolerated(powers) == may_fail


def report(validators: ValidatorSet | None, consensus: dict[str, Any] | None = CONSENSUS) -> NetworkReport:
    """One node."""
    node = NodeReport(0, "running", "", 0, 1, "http://127.0.0.1:1", "http://127.0.0.1:2", consensus)
    return NetworkReport("c", 7, 9, "node0", (node,), (4096,), (VERSION,), validators, 0.7)


def test_tolerance_in_words() -> None:
    one = report(ValidatorSet({"A": 10}))
    assert "1 validator(s), total power 10, fault tolerant: no, not fault tolerant" in "\n".join(one.lines())
    twelve = report(ValidatorSet({str(number): 10 for number in range(12)}))
    assert "total power 120, fault tolerant: yes (3 of 12 may fail)" in "\n".join(twelve.lines())
    assert "last block 0.7 s ago" in "\n".join(twelve.lines())
    assert "rules 1, geth v1, cometbft v0" in "\n".join(twelve.lines())


def test_the_json_is_the_documented_one() -> None:
    page = (ROOT / "docs" / "network-status.md").read_text()
    named = {name for row in MEMBER.findall(page) for name in re.findall(r"\w+", row)}
    found = report(ValidatorSet({"A": 10})).as_dict()
    [node] = found["nodes"]
    assert named == set(found) | set(node)
    for part in (node["consensus"], node["version"]):
        assert all(f"`{name}`" in page for name in part)


def test_what_nobody_answers_is_null() -> None:
    silent = report(None, None).as_dict()
    for member in ("validators", "total_power", "may_fail", "fault_tolerant"):
        assert silent[member] is None
    assert silent["nodes"][0]["lag"] is None


def test_the_age_of_the_newest_block() -> None:
    assert _age([]) is None
    assert _age(["nonsense"]) is None
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 60))
    age = _age([f"{stamp}.123456789Z", "2020-01-01T00:00:00Z"])
    assert age is not None
    assert 55 < age < 600
