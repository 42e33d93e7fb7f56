"""Row 16: members of another organisation throw at the ledger all that its rules let them send. Trade and votes go on.

They sit at the last node, the honest at node 0, who post 500 movements a second. An account without any role, one with
a role, and a whole organisation that is suspended while its transactions wait. On four validators and on one.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium
from liveledger.bindings.constants import ALLOWANCES_ADDRESS, CONSORTIUM_ADDRESS, GOVERNANCE_ADDRESS, Role, Status
from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import NodeHome
from tests.faults.test_kills import GAP_SECONDS, Gaps
from tests.house.tree import ROOT
from tests.support.flooding import KINDS, Flood, Hostile, listed_loop, register_hostile, signed
from tests.support.load import Load
from tests.support.network import MAX_GAS, RunningNetwork, eventually
from tests.support.promises import World, assert_promises, trading_world
from tests.support.tally import Tally
from tests.support.variants import TALKATIVE, metric, start_variant
from tests.support.voters import Voters, voters_of

sys.path.append(str(ROOT / "scripts"))
from benchmarks.shares import seconds_at
from benchmarks.steady import waits_of

pytestmark = [pytest.mark.network, pytest.mark.timeout(1500)]
BLOCKS = int(os.environ.get("LIVELEDGER_FLOOD_BLOCKS", "12"))
HONEST_A_SECOND = 500
# From the block that was the newest when an act was submitted to the block that holds it.
MOST_BLOCKS = 6
DAY_SECONDS = 86_400
QUICK = ("random calldata",)
# 65,536 fill the pool of a node: four organisations, each with its share, by accounts that may be so far ahead.
FULL, ORGANISATIONS, ACCOUNTS, A_CALL = 65_536, 4, 4, 500
AHEAD = 4_095
TOO_LITTLE = 1


@pytest.fixture(scope="module")
def _lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with trading_world(tmp_path_factory.mktemp("lone"), validators=1) as world:
        yield world


@pytest.fixture
def place(request: pytest.FixtureRequest, tally: Tally) -> Iterator[World]:
    """The network of four, or one of a single validator; the promises hold at the end of a test."""
    if request.param == 4:
        yield request.getfixturevalue("world")
    else:
        lone: World = request.getfixturevalue("_lone")
        yield lone
        tally.add(15, "every hash of a single validator heard", **assert_promises(lone))


@pytest.fixture
def hostile(world: World) -> Hostile:
    return register_hostile(world)


@dataclass
class Watched:
    """What the honest see meanwhile: blocks and seconds until an act was in a block, growth of node 0's files."""

    world: World
    load: Load
    gaps: Gaps
    began: float
    size: int
    acknowledged: int
    voters: Voters
    blocks: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def act(self, hostile: Hostile, name: str) -> None:
        """An act that everybody waits for: `account set` of the flooding organisation's own security administrator,
        who sets a flooding account's roles; `propose` and `vote` of other members. In turn."""
        setting = consortium.SetAccount(address_of(hostile.accounts[1]), Status.ACTIVE, Role.POST_MOVEMENTS)
        turn = len(self.blocks) % 3
        if turn == 0:
            self._send(hostile.security, CONSORTIUM_ADDRESS, setting.calldata(), f"{hostile.number}:{name}")
        elif turn == 1:
            self._send(self.voters.proposer, GOVERNANCE_ADDRESS, self.voters.proposal(), f"propose:{name}")
        else:
            self._send(self.voters.voter, GOVERNANCE_ADDRESS, self.voters.refusal(), f"vote:{name}")

    def _send(self, account: LocalAccount, target: bytes, data: bytes, name: str) -> None:
        founder, before = self.world.trading.administrator.sender, self.world.net.height()
        sender = Sender(founder.connection, account, founder.outbox)
        outcome = sender.run(f"act:{name}:{len(self.blocks)}", target, data, timeout=120)
        self.blocks.append(outcome.block - before)
        self.seconds.append(outcome.final_at - outcome.submitted_at)

    def figures(self) -> dict[str, object]:
        """For the table, taken while they still trade."""
        took = time.monotonic() - self.began
        grown = disk_bytes(self.world.net.home.node()) - self.size
        return {
            "blocks": self.gaps.blocks,
            "longest_gap_s": self.gaps.longest,
            "act_after_blocks": max(self.blocks),
            "act_s": max(self.seconds),
            "honest_a_second": round((len(self.load.acknowledged) - self.acknowledged) / took),
            "grows_gb_a_day": grown / took * DAY_SECONDS / 1e9,
        }


@contextlib.contextmanager
def watched(world: World) -> Iterator[Watched]:
    """Honest trade and honest acts while the block runs."""
    net, voters = world.net, voters_of(world)
    with (
        world.load(node=0, a_second=HONEST_A_SECOND) as load,
        Gaps(net, list(range(net.size))).watching() as gaps,
    ):
        net.wait_blocks(2)
        yield Watched(world, load, gaps, time.monotonic(), disk_bytes(net.home.node()), len(load.acknowledged), voters)
    load.settle(world.trading.ledger)


def disk_bytes(node: NodeHome) -> int:
    """Apparent size of what a node's engines keep."""
    folders = node.geth / "geth" / "chaindata", node.cometbft / "data"
    return sum(_size(path) for folder in folders for path in folder.rglob("*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # the engines tidy up while they run
        return 0


def flood_with(world: World, tally: Tally, name: str) -> None:
    net, hostile = world.net, register_hostile(world)
    stock, kind = world.trading.ledger.manifest.address("StockLedger"), KINDS[name]
    loop = listed_loop(world) if kind.target == "loop" else b""
    flood = Flood(net, stock, hostile.accounts, kind, net.size - 1, loop)
    with watched(world) as seen:
        with flood.running():
            top = net.height()
            while net.height() < top + BLOCKS:
                seen.act(hostile, name)
        figures = seen.figures()
    assert flood.taken > 0
    assert max(seen.blocks) <= MOST_BLOCKS, seen.blocks
    assert seen.gaps.longest < GAP_SECONDS
    tally.add(16, f"{net.size} validators: {name}", flood.taken, **figures | finality(seen))


def finality(seen: Watched) -> dict[str, object]:
    """How long what the honest posted took, now that all of it is final."""
    waits = waits_of(seen.world.trading.outbox, seen.load.lane)
    return {"honest_p50_s": seconds_at(waits, 0.50), "honest_p99_s": seconds_at(waits, 0.99)}


def chosen(name: str, size: int) -> object:
    quick = name in QUICK and size == 4
    return pytest.param(size, name, marks=() if quick else pytest.mark.faults, id=f"{size}-{name.replace(' ', '-')}")


@pytest.mark.parametrize(
    ("place", "name"), [chosen(name, size) for size in (4, 1) for name in KINDS], indirect=["place"]
)
def test_a_flood_of_members(place: World, tally: Tally, name: str) -> None:
    flood_with(place, tally, name)


@pytest.mark.faults
@pytest.mark.parametrize("place", [4, 1], indirect=True)
def test_a_full_pool(place: World, tally: Tally) -> None:
    """65,536 transactions wait that no block can take, for their bid is below the base fee."""
    net, members = place.net, [register_hostile(place, more=ACCOUNTS - 2) for _ in range(ORGANISATIONS)]
    stock = place.trading.ledger.manifest.address("StockLedger")
    last = net.size - 1
    with watched(place) as seen:
        for member in members:
            for account in member.accounts:
                chain_id = net.network.evm_chain_id
                raws = [signed(account, chain_id, nonce, 30_000, stock, b"", TOO_LITTLE) for nonce in range(AHEAD + 1)]
                hand_in(net, last, raws)
            seen.act(members[0], "filling")
        assert waiting(net, last) > FULL * 9 // 10
        top = net.height()
        while net.height() < top + BLOCKS:
            seen.act(members[0], "full")
        held = [waiting(net, node) for node in range(net.size)]
        figures = seen.figures()
    assert max(seen.blocks) <= MOST_BLOCKS, seen.blocks
    tally.add(16, f"{net.size} validators: a full pool", int(max(held)), **figures | finality(seen))


def hand_in(net: RunningNetwork, node: int, raws: list[bytes]) -> None:
    """Many transactions in a few calls."""
    url = f"http://127.0.0.1:{net.home.node(node).ports().execution_http}"
    for start in range(0, len(raws), A_CALL):
        calls = [
            {"jsonrpc": "2.0", "id": number, "method": "eth_sendRawTransaction", "params": [hex_bytes(raw)]}
            for number, raw in enumerate(raws[start : start + A_CALL])
        ]
        net.http.post(url, json=calls, timeout=60).raise_for_status()


@pytest.mark.faults
def test_a_validator_tells_what_no_pool_takes(world: World, tally: Tally, hostile: Hostile) -> None:
    """Creation, delegation, strangers and the suspended: a node that tells them to its peers without end."""
    net, (roleless, _) = world.net, hostile.accounts
    stock, chain_id = world.trading.ledger.manifest.address("StockLedger"), net.network.evm_chain_id
    loop = bytes.fromhex("5b5f56")  # JUMPDEST, PUSH0, JUMP: burns all gas that it is given
    stranger = Account.create()
    told = [signed(roleless, chain_id, nonce, MAX_GAS, b"", loop + os.urandom(64)) for nonce in range(2_000)]
    told += [signed(stranger, chain_id, nonce, MAX_GAS, stock, os.urandom(64)) for nonce in range(2_000)]
    told += [b"\x04" + raw[1:] for raw in told[:500]]
    last = net.size - 1
    net.stop(last)
    (net.home.node(last).run / "flood").write_text("\n".join(raw.hex() for raw in told))
    start_variant(net, last, TALKATIVE)
    try:
        with watched(world) as seen:
            top = net.height()
            while net.height() < top + BLOCKS:
                seen.act(hostile, "told")
            figures = seen.figures()
    finally:
        net.stop(last)
        (net.home.node(last).run / "flood").unlink()
        net.start(last)
    refused = sum(
        metric(net, 0, "liveledger_pool_refusals_total", reason=reason) for reason in ("creation", "no-member")
    )
    assert refused > 1_000
    assert net.rpc("eth_getTransactionCount", roleless.address, "latest") == "0x0"
    assert max(seen.blocks) <= MOST_BLOCKS, seen.blocks
    tally.add(16, "told by a validator: creation, delegation, strangers", int(refused), **figures | finality(seen))


def test_what_a_suspended_organisation_has_waiting_is_gone(world: World, tally: Tally, hostile: Hostile) -> None:
    net, last = world.net, world.net.size - 1
    stock = world.trading.ledger.manifest.address("StockLedger")
    with Flood(net, stock, hostile.accounts, KINDS["great gas limits"], last).running() as flood:
        eventually("a backlog", lambda: waiting(net, last) > 200)
        call = consortium.SetOrganisationStatus(hostile.number, Status.SUSPENDED)
        administrator = world.trading.administrator.sender
        outcome = administrator.run(f"suspend:{hostile.number}", CONSORTIUM_ADDRESS, call.calldata())
        eventually("the refusals", lambda: any("no active account" in words for words in flood.refused))
    net.wait_height(outcome.block + 3)
    for account, node in itertools.product(hostile.accounts, range(net.size)):
        counts = [net.rpc("eth_getTransactionCount", account.address, tag, node=node) for tag in ("pending", "latest")]
        assert counts[0] == counts[1]  # nothing waits
    for account in hostile.accounts:
        count = [net.rpc("eth_getTransactionCount", account.address, hex(outcome.block + step)) for step in (0, 2)]
        assert count[0] == count[1]  # its block was the last with any of them
    tally.add(16, "suspended while its transactions wait", flood.taken)


def waiting(net: RunningNetwork, node: int) -> float:
    """How many transactions wait on a node."""
    return metric(net, node, "liveledger_pool_transactions")


def test_nobody_creates_or_delegates(world: World, tally: Tally, hostile: Hostile) -> None:
    net, account = world.net, hostile.accounts[0]
    fields = {"chainId": net.network.evm_chain_id, "nonce": 0, "gas": 100_000, "value": 0, "type": 2}
    fields |= {"maxFeePerGas": 1_000, "maxPriorityFeePerGas": 1}
    loop = bytes.fromhex("5b5f56")  # JUMPDEST, PUSH0, JUMP: burns all gas that it is given
    creation = account.sign_transaction(fields | {"data": loop}).raw_transaction
    authorisation = account.sign_authorization({"chainId": 0, "address": "0x" + "11" * 20, "nonce": 1})
    target = {"to": ALLOWANCES_ADDRESS, "data": b"", "type": 4, "authorizationList": [authorisation]}
    delegation = account.sign_transaction(fields | target).raw_transaction
    for node in range(net.size):
        raws = [hex_bytes(bytes(raw)) for raw in (creation, delegation)]
        said = [net.try_rpc("eth_sendRawTransaction", raw, node=node) for raw in raws]
        assert "creates no contract" in said[0]["error"]["message"]
        assert "type not supported: 4" in said[1]["error"]["message"]
    tally.add(16, "creation and delegation refused", 2 * net.size)
