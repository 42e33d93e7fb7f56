"""Row 14: twelve organisations under load; a thirteenth joins and gets a vote, one rotates its key, one is removed."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from liveledger.bindings import consortium, validators
from liveledger.domain.gs1 import with_check_digit
from liveledger.domain.home import LedgerHome
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.node import cometbft
from liveledger.node.runstate import stop_node
from liveledger.prover.anchors import export_anchor
from liveledger.prover.prover import Prover
from liveledger.verifier import Question, verify
from tests.support.load import RECEIVED, SOLD
from tests.support.members import Members, Newcomer, governed
from tests.support.network import RunningNetwork, eventually
from tests.support.promises import assert_promises, prove, trading_world
from tests.support.tally import Tally
from tests.support.trading import Trading

pytestmark = [pytest.mark.network, pytest.mark.faults, pytest.mark.timeout(1_200)]
NEWCOMER_GLN = int(with_check_digit("952123990000"))
PLACE = "6901234560000"
GONE = 10


def question(trading: Trading, lane: int) -> Question:
    """What the place holds of the SKU in which the load of a lane trades."""
    parameters = {"brand": str(trading.brand), "sku": f"SKU-{lane:03}", "place": PLACE, "lot": ""}
    return Question.parse({"view": "stock/2", "parameters": parameters})


def bundle(trading: Trading, asked: Question) -> bytes:
    """The answer as the ledger proves it now."""
    engine = sqlite_engine(trading.ledger.home.index)
    prover = Prover(trading.ledger, engine, export_anchor(trading.ledger, 0))
    return prove(prover, asked, Index(engine, trading.ledger).catch_up)


def carried(data: bytes) -> int:
    """How many changes of the set a bundle carries its client over."""
    return data.count(b'"validators":[')


def test_members_come_change_and_go_under_load(tmp_path: Path, tally: Tally) -> None:
    newcomer_home = LedgerHome(tmp_path / "newcomer", "test")
    with trading_world(tmp_path / "ledger", validators=12) as world, governed(world.net) as members:
        trading = world.trading
        anchor, early = export_anchor(trading.ledger, 0), question(trading, world.loads[0].lane)
        before = bundle(trading, early)
        try:
            with world.load() as load:
                newcomer = _everything(members, newcomer_home, tmp_path)
            world.gone.add(GONE)
            load.settle(trading.ledger)
            trading.network.wait_blocks(2)  # what was posted last is verifiable then
            late = question(trading, load.lane)
            after = bundle(trading, late)
            assert (carried(before), carried(after)) == (0, 3)
            now = int(time.time())
            verify(before, anchor=anchor, question=early, now=now)
            answer = verify(after, anchor=anchor, question=late, now=now).answer
            assert int(answer["available"]) == len(load.acknowledged) // 2 * (RECEIVED - SOLD)
            figures = assert_promises(world)
            _assert_same_chain(newcomer.node, world.net)
            tally.add(14, "twelve: one joins, one rotates, one is removed", **figures)
        finally:
            stop_node(newcomer_home.node(), patience=60)


def _everything(members: Members, home: LedgerHome, scratch: Path) -> Newcomer:
    net = members.net
    newcomer = members.admit(home, NEWCOMER_GLN, range(8))
    newcomer.node.wait_height(net.height())
    members.carry([validators.SetValidator(newcomer.number, newcomer.key, 10)], range(8))
    net.wait_blocks(2)  # one key a block: a proposal is tried as if it stood in the newest one
    fresh, _ = cometbft.create_keys(scratch / "fresh")
    old = bytes.fromhex(net.network.nodes[11].validator_key)
    members.carry([validators.RotateValidator(old, fresh)], range(9))
    net.wait_blocks(2)
    net.stop(11)
    for part in ("config/priv_validator_key.json", "data/priv_validator_state.json"):
        shutil.copy(scratch / "fresh" / part, net.home.node(11).cometbft / part)
    net.start(11)
    gone = net.network.nodes[GONE]
    number = members.roll().members[-3].number
    taken = validators.SetValidator(number, bytes.fromhex(gone.validator_key), 0)
    members.carry([taken, consortium.RemoveOrganisation(number)], range(9))
    rest = [node for node in range(net.size) if node != GONE]
    eventually("its end", lambda: not any(_connected(members, node, gone.node_id) for node in rest), 60.0)
    net.wait_blocks(5)
    return newcomer


def _connected(members: Members, node: int, node_id: str) -> bool:
    peers = members.net.comet("net_info", node=node)["peers"] if members.net.height(node) else []
    return node_id in {peer["node_info"]["id"] for peer in peers}


def _assert_same_chain(newcomer: RunningNetwork, net: RunningNetwork) -> None:
    for height in range(1, newcomer.height() - 1):
        assert newcomer.app_hash(height) == net.app_hash(height)
