"""The anchor chain of a running ledger, by the API and by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.ledger import RunningApi

pytestmark = pytest.mark.network


def test_the_anchor_chain_leads_from_genesis_to_now(api: RunningApi, tmp_path: Path) -> None:
    """Served and exported alike, checked from 96 bits, and its newest anchor is the node's own of that height."""
    genesis = json.loads(api.cli("trust", "show", str(api.home.trust), "--json").stdout)["fingerprint"]
    served, exported, newest = (tmp_path / name for name in ("served.json", "exported.json", "trust.json"))
    answer = api.http.get("/trust/chain")
    assert answer.headers["content-type"] == "application/vnd.liveledger.trust-chain+json"
    served.write_bytes(answer.content)
    api.cli("trust", "chain", "export", "--out", str(exported))
    for file in (served, exported):
        api.cli("trust", "chain", "check", str(file), "--genesis", genesis[:20], "--out", str(newest))
        found = json.loads(newest.read_bytes())
        own = api.http.get("/trust", params={"height": found["height"]}).json()
        assert found["header_hash"] == own["header_hash"]
    api.cli("trust", "chain", "check", str(served), "--genesis", "A" * 20, expect=1)
