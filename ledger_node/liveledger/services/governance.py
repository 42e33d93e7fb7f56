"""Proposals of members and their votes: made, cast and read (contracts/interfaces/IGovernance.sol has the rules)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from liveledger.bindings import governance
from liveledger.bindings.constants import GOVERNANCE_ADDRESS, ContractFlag, ProposalStatus
from liveledger.chain.contracts.calls import DecodedCall, decode_call, decode_call_of
from liveledger.chain.contracts.manifest import CONTRACT_FLAGS, DEPLOYED_CONTRACTS, GENESIS_CONTRACTS
from liveledger.chain.contracts.registry import active_of
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import InvalidInput, NotFound, Unavailable
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.services.members import Act, Call, Registrar

# The vote that decides carries the proposal out: what that takes is not known when it is signed.
_VOTE_GAS = 12_000_000


@dataclass(frozen=True, slots=True)
class ProposalReport:
    """A proposal as the chain holds it; organisations by number, times in Unix seconds, blocks by number.

    ``status`` is a name of ``ProposalStatus`` in lower case, or ``expired`` for an open one that is too late to pass.
    """

    id: int
    status: str
    proposer: int
    deadline: int
    proposed_at: int
    decided_at: int
    calls: tuple[DecodedCall, ...]
    approving: tuple[int, ...]
    refusing: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "id": self.id,
            "status": self.status,
            "proposer": self.proposer,
            "deadline": self.deadline,
            "proposed_at": self.proposed_at,
            "decided_at": self.decided_at,
            "calls": [call.as_dict() for call in self.calls],
            "approving": list(self.approving),
            "refusing": list(self.refusing),
        }

    def lines(self) -> list[str]:
        """Some lines for a terminal."""
        votes = f"for {list(self.approving)}, against {list(self.refusing)}"
        head = f"{self.id}: {self.status}  by organisation {self.proposer} in block {self.proposed_at}  {votes}"
        return [head, *(f"    {call.text()}" for call in self.calls)]


def target_of(call: Call, listed: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """The contract that a call of the bindings is for: one of genesis, or one that is ``listed`` (address by name).

    Raises InvalidInput for a contract that proposals do not call.
    """
    for address, module in GENESIS_CONTRACTS.items():
        if type(call).__module__ == module.__name__:
            return address
    for module in DEPLOYED_CONTRACTS:
        if type(call).__module__ == module.__name__ and module.NAME in listed:
            return listed[module.NAME]
    raise InvalidInput(f"{type(call).__name__} is no call that a proposal can make")


def governable(connection: Connection, height: int) -> dict[str, bytes]:
    """Addresses of the listed contracts that this release makes governable, by their names."""
    names = [name for name, flags in CONTRACT_FLAGS.items() if ContractFlag.GOVERNABLE in flags]
    found = {name: active_of(connection, name, height) for name in names}
    return {name: bytes(entry.target) for name, entry in found.items() if entry is not None}


def propose(sender: Sender, calls: Sequence[Call], *, timeout: float = 60.0) -> int:
    """Proposes calls; returns the proposal's id. Raises RuleViolation with what the contracts would refuse now."""
    listed = governable(sender.connection, final_height(sender.connection))
    entries = [governance.Call(target_of(call, listed), call.calldata()) for call in calls]
    data = governance.Propose(entries).calldata()
    before = _count(sender.connection)
    key = f"propose:{keccak(data).hex()[:24]}:{before}"
    Registrar(sender).carry_out([Act(key, GOVERNANCE_ADDRESS, data)], timeout=timeout)
    # Others may have proposed meanwhile: the newest with these calls by this act is the one.
    for number in range(_count(sender.connection), before, -1):
        if stored_calls(sender.connection, number) == entries:
            return number
    raise Unavailable("the proposal is final, but the node does not show it", hint="ask again: `member proposals`")


def vote(sender: Sender, number: int, *, approve: bool, timeout: float = 60.0) -> ProposalReport:
    """Casts the vote of the sender's organisation; returns the proposal after it. Raises RuleViolation."""
    data = governance.Vote(number, approve).calldata()
    sender.gas_for(GOVERNANCE_ADDRESS, data)
    act = Act(f"vote:{number}:{approve}", GOVERNANCE_ADDRESS, data, _VOTE_GAS)
    Registrar(sender).carry_out([act], timeout=timeout)
    return read_proposal(sender.connection, number)


def withdraw(sender: Sender, number: int, *, timeout: float = 60.0) -> ProposalReport:
    """Takes a proposal of the sender's organisation back. Raises RuleViolation."""
    act = Act(f"withdraw:{number}", GOVERNANCE_ADDRESS, governance.Withdraw(number).calldata())
    Registrar(sender).carry_out([act], timeout=timeout)
    return read_proposal(sender.connection, number)


def read_proposal(connection: Connection, number: int) -> ProposalReport:
    """A proposal on the final state. Raises NotFound."""
    height = final_height(connection)
    answer = connection.execution.call(GOVERNANCE_ADDRESS, governance.ProposalOf(number).calldata(), height)
    found = governance.decode_proposal_of(answer)
    if found.proposal.status == 0:
        raise NotFound(f"there is no proposal {number}", hint="`liveledger member proposals` lists them")
    now = connection.execution.block(height).time
    return _report(number, found, now, governable(connection, height))


def read_proposals(connection: Connection) -> list[ProposalReport]:
    """All proposals, oldest first."""
    return [read_proposal(connection, number) for number in range(1, _count(connection) + 1)]


def _report(number: int, found: governance.ProposalOfResult, now: int, listed: Mapping[str, bytes]) -> ProposalReport:
    proposal = found.proposal
    status = ProposalStatus(proposal.status)
    late = status is ProposalStatus.OPEN and now > proposal.deadline
    return ProposalReport(
        id=number,
        status="expired" if late else status.name.lower(),
        proposer=proposal.proposer,
        deadline=proposal.deadline,
        proposed_at=proposal.proposed_at,
        decided_at=proposal.decided_at,
        calls=tuple(_in_words(bytes(call.target), bytes(call.data), listed) for call in found.calls),
        approving=tuple(found.approving),
        refusing=tuple(found.refusing),
    )


def _in_words(target: bytes, data: bytes, listed: Mapping[str, bytes]) -> DecodedCall:
    """A proposal's call. One that this release has no words for is told by its bytes: it may be of a newer one."""
    try:
        for module in DEPLOYED_CONTRACTS:
            if listed.get(module.NAME) == target:
                return decode_call_of(module, data)
        return decode_call(target, data)
    except InvalidInput:
        return DecodedCall(hex_bytes(target), "call", {"data": hex_bytes(data)})


def stored_calls(connection: Connection, number: int) -> list[governance.Call]:
    """A proposal's calls as they are carried out; none where there is no such proposal."""
    data = governance.ProposalOf(number).calldata()
    answer = connection.execution.call(GOVERNANCE_ADDRESS, data, final_height(connection))
    return [
        governance.Call(bytes(call.target), bytes(call.data)) for call in governance.decode_proposal_of(answer).calls
    ]


def _count(connection: Connection) -> int:
    data = governance.Proposals().calldata()
    return int.from_bytes(connection.execution.call(GOVERNANCE_ADDRESS, data, final_height(connection)))
