"""try.html as people open it: from disk, without a network, in Chromium and Firefox ESR; each button, and free editing.

The verdicts are the verifier's; here they are compared with those of the other verifier.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liveledger.verifier import Question, Refusal, TrustAnchor, verify
from tests.house.tree import ROOT
from tests.support.browsers import BROWSERS, NODE, need_browser, run

FOLDER = ROOT / "api" / "try_page"
PAGE = ROOT / "docs" / "try.html"
PROGRAM = ROOT / "tests" / "browsers" / "try_page.js"
# What each button has to end with: step and code.
CAREFUL = {"swap": (2, "wrong-question"), "older": (2, "below-anchor"), "validators": (4, "validators-hash")}
REFUSED: dict[str, dict[str, tuple[int, str]]] = {
    "item": {"number": (8, "leaf-proof"), "drop": (9, "incomplete"), **CAREFUL},
    "stock": {"number": (8, "storage-proof"), "drop": (10, "answer-mismatch"), **CAREFUL},
    "settlement": {"number": (10, "answer-mismatch"), "drop": (8, "leaf-proof"), **CAREFUL},
}
JUNK = ("empty", "open", "text", "twice", "surrogate", "deep", "other", "prototype", "large", "bytes")
SAID = ("empty", "open", "text", "twice", "surrogate", "deep")


def test_the_other_verifier_says_the_same_of_every_button() -> None:
    made = subprocess.run([NODE, FOLDER / "test" / "changed.js"], capture_output=True, text=True, check=True)
    found = json.loads(made.stdout)
    anchor = TrustAnchor.parse(found["anchor"].encode())
    assert found["cases"].keys() == REFUSED.keys()
    for name, case in found["cases"].items():
        question = Question.parse(json.loads(case["question"]))
        height = json.loads(case["bundle"])["light_block"]["header"]["height"]
        now, seen = _signed(case["bundle"]) + 1, int(height) - 1
        verify(case["bundle"].encode(), anchor=anchor, question=question, now=now, minimum_height=seen)
        for change, (step, code) in REFUSED[name].items():
            bundle = case["changed"][change].encode()
            with pytest.raises(Refusal) as refusal:
                verify(bundle, anchor=anchor, question=question, now=now, minimum_height=seen)
            said = refusal.value.as_dict()
            assert (said["step"], said["code"]) == (step, code), (name, change)


def test_an_older_block_is_refused_for_its_age_alone() -> None:
    anchor = TrustAnchor.parse((FOLDER / "bundles" / "trust.json").read_bytes())
    for name in REFUSED:
        question = Question.parse(json.loads((FOLDER / "bundles" / f"{name}.question.json").read_bytes()))
        older = (FOLDER / "bundles" / f"{name}-older.bundle.json").read_bytes()
        verify(older, anchor=anchor, question=question, now=_signed(older))


@pytest.mark.e2e
@pytest.mark.parametrize("name", BROWSERS)
def test_every_button(name: str, tmp_path: Path, tell: Callable[[str], None]) -> None:
    need_browser(name)
    signed = _signed((FOLDER / "bundles" / "item.bundle.json").read_bytes())
    seen = json.loads(run(PROGRAM, name, PAGE.as_uri(), str(signed), folder=tmp_path, seconds=600))
    assert seen["faults"] == []
    assert set(seen["requests"]) <= {PAGE.as_uri()}
    for case, expected in REFUSED.items():
        honest = seen["buttons"][case]["honest"]
        _proven(honest)
        for change, (step, code) in expected.items():
            _refused(seen["buttons"][case][change], step, code)
            assert seen["buttons"][case][change]["changes"] > 0
            assert seen["buttons"][case][f"{change} undone"] == honest
    _edited(seen["editing"])
    _under_conditions(seen["conditions"])
    assert seen["keyboard"]["reached"][:5] == ["language", "theme", "case-item", "case-stock", "case-settlement"]
    assert seen["keyboard"]["focus"] == "change-number"
    assert seen["keyboard"]["refused"]
    _begun(seen["beginnings"])
    if name == "chromium":
        assert seen["accessible"] == {"found": [], "runs": 20, "wide": 0}
        assert seen["beginnings"]["shifts"] == []
        without = seen["beginnings"]["without"]["text"]
        assert "check it yourself" in without
        assert "自己核验" in without
    count = sum(map(len, REFUSED.values()))
    tell(f"{seen['version']}: try.html from disk without a network, {count} buttons refused as in Python")


def _signed(bundle: str | bytes) -> int:
    return int(json.loads(bundle)["light_block"]["header"]["time"]["seconds"])


def _proven(seen: dict[str, Any]) -> None:
    assert seen["proven"]
    assert seen["shown"]
    assert len(seen["lines"]) == 3
    assert seen["step"] is None


def _refused(seen: dict[str, Any], step: int, code: str) -> None:
    assert (seen["proven"], seen["shown"], seen["step"], seen["code"]) == (False, False, str(step), code)


def _edited(seen: dict[str, Any]) -> None:
    for kind in JUNK:
        _refused(seen[kind], 1, "shape")
        assert bool(seen[kind]["fault"]) == (kind in SAID or kind == "large")
    _refused(seen["letter"], 10, "answer-mismatch")
    for kind in ("again", "undone"):
        _proven(seen[kind])


def _under_conditions(seen: dict[str, Any]) -> None:
    """An hour after the block, then a year and more after it: what depends on the clock, and the clock set openly."""
    _refused(seen["stale"], 6, "stale")
    _refused(seen["expired"], 2, "expired-anchor")
    for kind in ("day", "signed"):
        _proven(seen[kind])


def _begun(seen: dict[str, Any]) -> None:
    assert seen["en"]["language"] == "en"
    assert seen["zh"]["language"] == "zh-CN"
    assert "自己核验" in seen["zh"]["text"]
    assert seen["en"]["faults"] == seen["zh"]["faults"] == []
