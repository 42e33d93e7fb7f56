"""Members of a network on one host who govern it: proposals made, votes cast, in a test's few words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from liveledger.chain.accounts import load_account, load_or_create_account
from liveledger.chain.connection import Connection, connect
from liveledger.chain.deploy import ADMINISTRATOR, deploy
from liveledger.chain.finality import final_height
from liveledger.chain.governance import ProposalReport, propose, read_proposal, vote
from liveledger.chain.ledger import open_outbox
from liveledger.chain.members import Call
from liveledger.chain.outbox import Outbox
from liveledger.chain.roll import Roll, read_roll
from liveledger.chain.sender import Sender
from liveledger.engine.handover import POWER_LABELS, SECURITY, SYSTEM, example_requests, found

from tests.support.network import RunningNetwork


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

    def carry(self, calls: Sequence[Call], voters: Sequence[int]) -> ProposalReport:
        """Proposes by the first voter and lets all of them agree."""
        number = self.propose(calls, member=voters[0])
        for member in voters:
            self.vote(number, member)
        report = read_proposal(self.connection, number)
        assert report.status == "executed", report
        return report

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
        requests = example_requests(net.network.nodes, accounts, evm_chain_id=connection.evm_chain_id, now=now)
        administrator = Sender(connection, load_account(net.home, ADMINISTRATOR), outbox)
        found(administrator, requests, hand_over=True, progress=lambda _: None)
        yield Members(net, connection, outbox)
    finally:
        outbox.close()
        connection.close()
