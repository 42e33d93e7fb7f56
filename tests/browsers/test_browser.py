"""Browsers as tests use them: pages over plain http, from files, without a network; what is killed leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT
from tests.support.browsers import BROWSERS, begin, need_browser
from tests.support.network import eventually

PROBE = ROOT / "tests" / "browsers" / "probe.js"


@pytest.mark.e2e
@pytest.mark.parametrize("name", BROWSERS)
def test_pages_are_opened_and_nothing_stays(name: str, tmp_path: Path) -> None:
    need_browser(name)
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>from a file</title>")
    with begin(PROBE, name, page.as_uri(), folder=tmp_path) as process:
        try:
            assert process.stdout
            offline, online = (_said(process.stdout.readline()) for _ in range(2))
        finally:
            process.kill()
    pid = online.pop("pid")
    assert offline == {"found": False, "file": "from a file", "reached": [False, False], "width": 360, "requests": 3}
    found = {"title": "served", "secure": False, "cryptography": "undefined"}
    assert online == {**offline, "found": found, "reached": [True, True]}
    eventually(f"{name} ended", lambda: not _runs(pid), 20)


def _said(line: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(line)
    return said


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
