"""The page of examples/verify in Chromium and Firefox ESR, from its sources and bundled: what it shows of answers."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT
from tests.support.browsers import BROWSERS, need_browser, run

PROGRAM = ROOT / "tests" / "browsers" / "example.js"
PAGE = ROOT / "examples" / "verify" / "index.html"


@pytest.mark.e2e
@pytest.mark.parametrize("name", BROWSERS)
def test_the_page_shows_what_was_proven_and_nothing_else(name: str, tmp_path: Path) -> None:
    need_browser(name)
    said = json.loads(run(PROGRAM, name, folder=tmp_path))
    sources, bundled = said["found"]
    assert sources["shown"] == bundled["shown"]
    for found in (sources, bundled):
        _check(*found["shown"], item=said["item"])
        assert [fault for fault in found["faults"] if "404" not in fault and "422" not in fault] == []
        assert not [path for path in found["requests"] if path.endswith("/views/stock.js")], (
            "loaded when it is asked for"
        )
        assert list(found["seen"].values()) != []


def _check(proven: Any, false: Any, newer: Any, none: Any, refused: Any, spaces: Any, old: Any, item: str) -> None:
    assert proven["heading"] == "Proven"
    assert proven["lines"].keys() >= {"unchanged", "complete", "anchor", "not proven"}
    assert json.loads(proven["answer"])["events"]
    assert false["heading"] == "Not proven at step 2: wrong-question"
    assert newer["heading"] == "Not proven: bundle-too-large"
    assert "of height 77 or above" in newer["lines"]["what to do"]
    assert none["heading"] == "Not proven: http-404"
    assert refused["heading"] == "Not proven: gs1-form"
    assert spaces["heading"] == "Nothing was asked · 没有提问"
    assert list(spaces["lines"].values()) == [
        "write the item's URI as it stands on the goods",
        "请填写商品上的网址（URI）",
    ]
    assert old["heading"] == "Not proven at step 2: below-anchor"
    assert [shown["answer"] for shown in (false, newer, none, refused, spaces, old)] == [None] * 6, item


def test_its_policy_names_its_import_map() -> None:
    text = PAGE.read_text()
    (imports,) = re.findall(r'<script type="importmap">(.*?)</script>', text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(imports.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in text
    assert "unsafe" not in text
