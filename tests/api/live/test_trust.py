"""The anchor chain of a running ledger, by the API and by the command."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from liveledger.verifier import TrustAnchor
from liveledger.verifier.trust_chain import GenesisCode, check_chain
from tests.api.ledger import RunningApi

pytestmark = pytest.mark.network


def test_the_anchor_chain_leads_from_genesis_to_now(api: RunningApi, tmp_path: Path) -> None:
    """Served and exported alike, checked from 100 bits, and its newest anchor is the node's own of that height."""
    code = GenesisCode.read(TrustAnchor.parse(api.home.trust.read_bytes()).fingerprint()[:20])
    answer = api.http.get("/trust/chain")
    assert answer.headers["content-type"] == "application/vnd.liveledger.trust-chain+json"
    exported = tmp_path / "exported.json"
    api.cli("trust", "chain", "export", "--out", str(exported))
    for chain in (answer.content, exported.read_bytes()):
        verdict = check_chain(chain, genesis=code, now=int(time.time()))
        assert verdict.expired == ()
        own = api.http.get("/trust", params={"height": verdict.newest.height}).json()
        assert own["header_hash"] == "0x" + verdict.newest.digest.hex()
