"""A saved bundle of a running ledger, renewed by the command: an anchor checks it that is newer than its block."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liveledger.verifier.past import answered_block
from tests.api.ledger import CODES, WAREHOUSE, RunningApi, run_verify
from tests.support.network import eventually

pytestmark = pytest.mark.network


def newest(api: RunningApi) -> int:
    return int(api.http.get("/health/ready").json()["verifiable_height"])


def test_renew(api: RunningApi, tmp_path: Path) -> None:
    saved, renewed, newer, asked = (tmp_path / name for name in ("saved", "renewed", "newer.json", "question.json"))
    saved.write_bytes(api.get("/acts/Consortium", first=0, limit=2, proof="bundle").content)
    block = answered_block(json.loads(saved.read_bytes()))
    parameters = {"contract": "Consortium", "first": "0", "limit": "2"}
    asked.write_text(json.dumps({"view": "acts/2", "parameters": parameters}))
    eventually("some blocks later", lambda: newest(api) > block + 3, 30.0)
    api.cli("trust", "export", "--height", str(block + 2), "--out", str(newer))
    assert run_verify(saved, newer, asked) == 1
    done = api.cli("renew", str(saved), "--out", str(renewed), "--trust", str(newer), "--json")
    said = json.loads(done.stdout)
    assert (said["verdict"], said["block"]) == ("proven", str(block))
    assert int(said["under_block"]) > block
    assert int(said["bytes"]) == len(renewed.read_bytes())
    assert run_verify(renewed, newer, asked) == 0
    assert json.loads(renewed.read_bytes())["past"]["path"] is None  # so young that the engine keeps its hash


def test_stock_is_not_renewed(api: RunningApi, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.write_bytes(api.get(f"/stock/{api.brand}/{CODES[0]}/{WAREHOUSE}", proof="bundle").content)
    block = answered_block(json.loads(saved.read_bytes()))
    eventually("a block later", lambda: newest(api) > block, 30.0)
    before = saved.read_bytes()
    done = api.cli("renew", str(saved), "--trust", str(api.home.trust), expect=1)
    assert "not-lasting" in done.stderr or "may have changed since" in done.stderr
    assert saved.read_bytes() == before


def test_the_way_back_of_a_block_that_is_none(api: RunningApi) -> None:
    assert api.http.get(f"/past/{1 << 40}").status_code == 202
    assert api.http.get("/past/-1").status_code == 400
    assert api.http.get("/past/0", params={"since": "x"}).status_code == 400
