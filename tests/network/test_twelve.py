"""Twelve organisations under load: a thirteenth joins and gets a vote, one rotates its key, one is removed."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from liveledger.bindings import consortium
from liveledger.domain.gs1 import with_check_digit
from liveledger.domain.home import LedgerHome
from liveledger.engine import cometbft
from liveledger.engine.runstate import stop_node
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.proofs import Question, TrustAnchor, encode_bundle, verify
from liveledger.proving.anchors import export_anchor
from liveledger.proving.errors import ProofPending
from liveledger.proving.prover import Prover

from tests.support.load import Load, running
from tests.support.members import Members, governed
from tests.support.network import eventually
from tests.support.trading import Trading, trading_ledger

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(1_200)]
NEWCOMER_GLN = int(with_check_digit("952123990000"))
PLACE = "6901234560000"


def question(trading: Trading) -> Question:
    parameters = {"brand": str(trading.brand), "sku": "SKU-001", "place": PLACE}
    return Question.parse({"view": "stock/1", "parameters": parameters})


def bundle(trading: Trading) -> bytes:
    """What the place holds of the load's SKU, as the ledger proves it now."""
    engine = sqlite_engine(trading.ledger.home.index)
    index = Index(engine, trading.ledger)
    prover = Prover(trading.ledger, engine, export_anchor(trading.ledger, 0))
    while True:
        index.catch_up()
        try:
            return encode_bundle(prover.prove(question(trading)))
        except ProofPending as pending:
            time.sleep(pending.retry_after)


def changes(trading: Trading, anchor: TrustAnchor, data: bytes) -> int:
    """Verifies a bundle; returns how many changes of the set it carries over."""
    verify(data, anchor=anchor, question=question(trading), now=int(time.time()))
    return data.count(b'"validators":[')


def test_members_come_change_and_go_under_load(tmp_path: Path) -> None:
    newcomer_home = LedgerHome(tmp_path / "newcomer", "test")
    with trading_ledger(tmp_path / "ledger", validators=12) as trading, governed(trading.network) as members:
        anchor, before = export_anchor(trading.ledger, 0), bundle(trading)
        load = Load(trading, lane=1, node=0)
        try:
            with running(load):
                _everything(members, newcomer_home, tmp_path)
            load.settle(trading.ledger)
            trading.network.wait_blocks(2)  # what was posted last is verifiable then
            after = bundle(trading)
            assert (changes(trading, anchor, before), changes(trading, anchor, after)) == (0, 3)
            answer = verify(after, anchor=anchor, question=question(trading), now=int(time.time())).answer
            assert int(answer["available"]) == len(load.acknowledged) // 2 * 2
            _assert_one_chain(members)
        finally:
            stop_node(newcomer_home.node(), patience=60)


def _everything(members: Members, home: LedgerHome, scratch: Path) -> None:
    net = members.net
    newcomer = members.admit(home, NEWCOMER_GLN, range(8))
    newcomer.node.wait_height(net.height())
    members.carry([consortium.SetValidator(newcomer.number, newcomer.key, 10)], range(8))
    net.wait_blocks(2)  # one key a block: a proposal is tried as if it stood in the newest one
    fresh, _ = cometbft.create_keys(scratch / "fresh")
    old = bytes.fromhex(net.network.nodes[11].validator_key)
    members.carry([consortium.RotateValidator(old, fresh)], range(9))
    net.wait_blocks(2)
    net.stop(11)
    for part in ("config/priv_validator_key.json", "data/priv_validator_state.json"):
        shutil.copy(scratch / "fresh" / part, net.home.node(11).cometbft / part)
    net.start(11)
    gone = net.network.nodes[10]
    call = consortium.RemoveOrganisation(members.roll().members[-3].number, bytes.fromhex(gone.validator_key))
    members.carry([call], range(9))
    rest = [node for node in range(net.size) if node != 10]
    eventually("its end", lambda: not any(_connected(members, node, gone.node_id) for node in rest), 60.0)
    net.wait_blocks(5)


def _connected(members: Members, node: int, node_id: str) -> bool:
    peers = members.net.comet("net_info", node=node)["peers"] if members.net.height(node) else []
    return node_id in {peer["node_info"]["id"] for peer in peers}


def _assert_one_chain(members: Members) -> None:
    net = members.net
    for height in range(1, net.height() - 3, 10):
        assert len({net.app_hash(height, node) for node in range(net.size) if node != 10}) == 1
