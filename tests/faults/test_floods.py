"""Row 16: members of another organisation throw at the ledger all that its rules let them send. Trade and votes go on.

They sit at node 3, the honest at node 0. An account without any role, one with a role, and a whole organisation that is
suspended while its transactions wait.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from liveledger.bindings import consortium, governance, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, GOVERNANCE_ADDRESS, OrganisationKind, Role, Status
from liveledger.chain.accounts import address_of
from liveledger.chain.members import OrganisationDraft
from liveledger.domain.hashing import hex_bytes

from tests.faults.test_kills import GAP_SECONDS, Gaps
from tests.support.network import MAX_GAS, RunningNetwork, eventually
from tests.support.promises import World
from tests.support.tally import Tally
from tests.support.variants import metric

pytestmark = [pytest.mark.network, pytest.mark.timeout(900)]
NODE = 3
BLOCKS = 12
# From the block that was the newest when an act was handed in to the block that holds it.
MOST_BLOCKS = 6
BYTES = 126_000
_GLNS = itertools.count(6_909_990_000_000)


@dataclass(frozen=True)
class Kind:
    """What a flood is made of: target (None is StockLedger), calldata, gas limit."""

    target: bytes | None
    data: Callable[[], bytes]
    gas: int


POST, VOTE = stock_ledger.Post.SELECTOR, governance.Vote.SELECTOR
KINDS = {
    "random calldata": Kind(None, lambda: POST + os.urandom(BYTES), 6_000_000),
    "zero bytes": Kind(None, lambda: POST + bytes(BYTES), 2_500_000),
    "many small": Kind(CONSORTIUM_ADDRESS, lambda: b"", 30_000),
    "great gas limits": Kind(None, lambda: POST, MAX_GAS),
    "acts of governance": Kind(GOVERNANCE_ADDRESS, lambda: VOTE + os.urandom(64), MAX_GAS),
}
QUICK = ("random calldata", "acts of governance")


@dataclass
class Flood:
    """Transactions of some accounts through one node, as many as it takes."""

    net: RunningNetwork
    stock: bytes
    accounts: Sequence[LocalAccount]
    kind: Kind
    taken: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Until stopped; what is refused for its share is tried again."""
        nonces = {account.address: self._nonce(account) for account in self.accounts}
        for account in itertools.cycle(self.accounts):
            if stop.is_set():
                return
            raw = self._signed(account, nonces[account.address])
            answer = self.net.try_rpc("eth_sendRawTransaction", raw, node=NODE)
            if "result" in answer:
                self.taken += 1
                nonces[account.address] += 1
            else:
                words = answer["error"]["message"].partition(":")[0]
                self.refused[words] = self.refused.get(words, 0) + 1
                nonces[account.address] = self._nonce(account)
                stop.wait(0.1)

    def _nonce(self, account: LocalAccount) -> int:
        return int(self.net.rpc("eth_getTransactionCount", account.address, "pending", node=NODE), 16)

    def _signed(self, account: LocalAccount, nonce: int) -> str:
        fields: dict[str, Any] = {"chainId": self.net.network.evm_chain_id, "type": 2, "value": 0, "nonce": nonce}
        fields |= {"maxFeePerGas": 1_000, "maxPriorityFeePerGas": 1_000, "gas": self.kind.gas}
        fields |= {"to": self.kind.target or self.stock, "data": self.kind.data()}
        return hex_bytes(bytes(account.sign_transaction(fields).raw_transaction))

    @contextlib.contextmanager
    def running(self) -> Iterator[Flood]:
        """Floods while the block runs."""
        stop = threading.Event()
        thread = threading.Thread(target=self.run, args=(stop,))
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()


@dataclass(frozen=True)
class Hostile:
    """An organisation that means no good."""

    number: int
    accounts: list[LocalAccount]


def register_hostile(world: World) -> Hostile:
    """A new organisation with an account without a role and one that may post."""
    administrator = world.trading.administrator
    draft = OrganisationDraft(OrganisationKind.LOGISTICS, next(_GLNS), bytes(32))
    (number,) = administrator.register_organisations([draft])
    accounts: list[LocalAccount] = [Account.create() for _ in range(2)]
    administrator.register_accounts([(accounts[0], number, Role(0)), (accounts[1], number, Role.POST_MOVEMENTS)])
    return Hostile(number, accounts)


@pytest.fixture
def hostile(world: World) -> Hostile:
    return register_hostile(world)


def act(world: World, hostile: Hostile, name: str) -> int:
    """Sets an account's roles, as `account set` does; after how many blocks it was in one."""
    call = consortium.SetAccount(address_of(hostile.accounts[1]), Status.ACTIVE, Role.POST_MOVEMENTS)
    sender, before = world.trading.administrator.sender, world.net.height()
    outcome = sender.run(f"act:{hostile.number}:{name}", CONSORTIUM_ADDRESS, call.calldata(), timeout=120)
    return outcome.block - before


def flood_with(world: World, tally: Tally, hostile: Hostile, name: str) -> None:
    net = world.net
    stock = world.trading.ledger.manifest.address("StockLedger")
    with (
        world.load(node=0) as load,
        Gaps(net, list(range(net.size))).watching() as gaps,
        Flood(net, stock, hostile.accounts, KINDS[name]).running() as flood,
    ):
        top, waits = net.height(), []
        while net.height() < top + BLOCKS:
            waits.append(act(world, hostile, f"{name}-{len(waits)}"))
    load.settle(world.trading.ledger)
    assert flood.taken > 0
    assert max(waits) <= MOST_BLOCKS, waits
    assert gaps.longest < GAP_SECONDS
    tally.add(16, f"flood: {name}", flood.taken, longest_gap_s=gaps.longest, act_after_blocks=max(waits))


def chosen(name: str) -> object:
    return pytest.param(name, marks=() if name in QUICK else pytest.mark.faults)


@pytest.mark.parametrize("name", [chosen(name) for name in KINDS])
def test_a_flood_of_members(world: World, tally: Tally, hostile: Hostile, name: str) -> None:
    flood_with(world, tally, hostile, name)


def test_what_a_suspended_organisation_has_waiting_is_gone(world: World, tally: Tally, hostile: Hostile) -> None:
    net = world.net
    stock = world.trading.ledger.manifest.address("StockLedger")
    with Flood(net, stock, hostile.accounts, KINDS["great gas limits"]).running() as flood:
        eventually("a backlog", lambda: waiting(net, NODE) > 200)
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
    target = {"to": CONSORTIUM_ADDRESS, "data": b"", "type": 4, "authorizationList": [authorisation]}
    delegation = account.sign_transaction(fields | target).raw_transaction
    for node in range(net.size):
        raws = [hex_bytes(bytes(raw)) for raw in (creation, delegation)]
        said = [net.try_rpc("eth_sendRawTransaction", raw, node=node) for raw in raws]
        assert "creates no contract" in said[0]["error"]["message"]
        assert "type not supported: 4" in said[1]["error"]["message"]
    tally.add(16, "creation and delegation refused", 2 * net.size)
