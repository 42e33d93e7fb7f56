"""Members of a network on one host who govern it: proposals made, votes cast, in a test's few words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from eth_account.signers.local import LocalAccount

from liveledger.bindings.constants import OrganisationKind
from liveledger.chain.accounts.accounts import load_account, load_or_create_account
from liveledger.chain.outbox.opening import open_outbox
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection, connect
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import POWER_LABELS, SECURITY, SYSTEM
from liveledger.node import cometbft
from liveledger.node.admission import read_request, write_request
from liveledger.node.control import start_detached
from liveledger.node.founding import CardPlan, export_package, join_ledger, make_card
from liveledger.node.geth import ARCHIVE
from liveledger.node.governance_transfer import example_requests, found
from liveledger.node.ports import HOST
from liveledger.services.deployment import ADMINISTRATOR, deploy
from liveledger.services.governance import ProposalReport, propose, read_proposal, vote
from liveledger.services.members import Call
from liveledger.services.membership import Roll, read_roll
from tests.support.network import RunningNetwork


@dataclass
class Newcomer:
    """An organisation that joined: its node in a home of its own, its number, its validator's key (32 bytes)."""

    node: RunningNetwork
    number: int
    key: bytes

    def vote(self, number: int, *, approve: bool) -> ProposalReport:
        """Votes by its security administrator, through its own node."""
        connection = connect(self.node.home)
        outbox = open_outbox(connection)
        try:
            return vote(Sender(connection, load_account(self.node.home, SECURITY), outbox), number, approve=approve)
        finally:
            outbox.close()
            connection.close()


@dataclass
class Members:
    """The organisations of a network: number ``i`` has node ``i`` and the accounts ``node<i>-…``."""

    net: RunningNetwork
    connection: Connection
    outbox: Outbox

    def sender(self, member: int, label: str) -> Sender:
        """The sender of one of a member's accounts."""
        return Sender(self.connection, load_account(self.net.home, f"node{member}-{label}"), self.outbox)

    def propose(self, calls: Sequence[Call], *, member: int = 0) -> int:
        """Proposes by a member's system administrator."""
        return propose(self.sender(member, SYSTEM), calls)

    def vote(self, number: int, member: int, *, approve: bool = True) -> ProposalReport:
        """Votes by a member's security administrator."""
        return vote(self.sender(member, SECURITY), number, approve=approve)

    def vote_as(self, account: LocalAccount, number: int) -> ProposalReport:
        """Votes by any account."""
        return vote(Sender(self.connection, account, self.outbox), number, approve=True)

    def carry(self, calls: Sequence[Call], voters: Sequence[int]) -> ProposalReport:
        """Proposes by the first voter and lets all of them agree."""
        number = self.propose(calls, member=voters[0])
        for member in voters:
            self.vote(number, member)
        report = read_proposal(self.connection, number)
        assert report.status == "executed", report
        return report

    def admit(self, home: LedgerHome, gln: int, voters: Sequence[int]) -> Newcomer:
        """Lets a host that has nothing yet ask, be admitted, and start its node, which catches up."""
        make_card(home, CardPlan(HOST, "newcomer"))
        network = join_ledger(home, self.net.engines, export_package(self.net.home), ARCHIVE, lambda _: None)
        accounts = [load_or_create_account(home, label) for label in POWER_LABELS]
        chain = self.connection.evm_chain_id
        now = self.connection.execution.block(final_height(self.connection)).time
        data = write_request(
            OrganisationKind.AUDITOR,
            gln,
            bytes(32),
            accounts,
            replace(network.member(0), power=1),
            cometbft.node_keys(home.node().cometbft),
            evm_chain_id=chain,
            deadline=now + 3_600,
        )
        self.carry(read_request(data, evm_chain_id=chain, now=now).calls(), voters)
        number = self.roll().find(f"{gln:013}").number
        node = RunningNetwork(home, self.net.engines, network)
        start_detached(home, [0], self.net.engines, lambda _: None)
        return Newcomer(node, number, bytes.fromhex(network.member(0).validator_key))

    def roll(self) -> Roll:
        """All members as the chain has them."""
        return read_roll(self.connection)


@contextmanager
def governed(net: RunningNetwork) -> Iterator[Members]:
    """Founds the consortium of all nodes of ``net`` and hands it over to their votes."""
    deploy(net.home)
    connection = connect(net.home)
    outbox = open_outbox(connection)
    try:
        accounts = [
            [load_or_create_account(net.home, f"{member.name}-{label}") for label in POWER_LABELS]
            for member in net.network.nodes
        ]
        now = connection.execution.block(final_height(connection)).time
        keys = [cometbft.node_keys(net.home.node(index).cometbft) for index in range(len(net.network.nodes))]
        chain = connection.evm_chain_id
        requests = example_requests(net.network.nodes, accounts, keys, evm_chain_id=chain, now=now)
        administrator = Sender(connection, load_account(net.home, ADMINISTRATOR), outbox)
        found(administrator, requests, hand_over=True, progress=lambda _: None)
        yield Members(net, connection, outbox)
    finally:
        outbox.close()
        connection.close()
