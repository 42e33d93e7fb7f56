"""Members that vote, in a world that its administrator still governs: each has one of the validators' keys."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings import governance, validators
from liveledger.bindings.constants import (
    GOVERNANCE_ADDRESS,
    VALIDATORS_ADDRESS,
    OrganisationKind,
    Parameter,
    Role,
)
from liveledger.domain.hashing import hex_bytes
from liveledger.node.defaults import VALIDATOR_POWER
from liveledger.services.members import OrganisationDraft
from tests.support.promises import World

_GLNS = itertools.count(6_908_880_000_000)
_MOST = 2
_A_WEEK = 604_800


@dataclass(frozen=True)
class Voters:
    """Security administrators of two members, or of the one that a network of one validator has room for."""

    world: World
    proposer: LocalAccount
    voter: LocalAccount

    def proposal(self) -> bytes:
        """Calldata of a proposal that changes nothing when it is carried out."""
        same = governance.SetParameter(Parameter.VOTING_SECONDS, _A_WEEK)
        return governance.Propose([governance.Call(GOVERNANCE_ADDRESS, same.calldata())]).calldata()

    def refusal(self) -> bytes:
        """Calldata of the no that ends the newest proposal, so that its place is free again."""
        call = {"to": hex_bytes(GOVERNANCE_ADDRESS), "data": hex_bytes(governance.Proposals().calldata())}
        newest = int(self.world.net.rpc("eth_call", call, "latest"), 16)
        return governance.Vote(newest, False).calldata()


_THERE: list[Voters] = []


def voters_of(world: World) -> Voters:
    """The members of a world that vote; new ones at the first call, since a key is assigned once."""
    found = next((voters for voters in _THERE if voters.world is world), None)
    if found is None:
        found = _register(world)
        _THERE.append(found)
    return found


def _register(world: World) -> Voters:
    """New members to whom the first validators' keys are assigned; powers stay as they are."""
    net, administrator = world.net, world.trading.administrator
    count = min(_MOST, net.size)
    drafts = [OrganisationDraft(OrganisationKind.BRAND, next(_GLNS), bytes(32)) for _ in range(count)]
    numbers = administrator.register_organisations(drafts)
    accounts: list[LocalAccount] = [Account.create() for _ in numbers]
    administrator.register_accounts(
        [(account, number, Role.SECURITY_ADMIN) for account, number in zip(accounts, numbers, strict=True)]
    )
    for number, node in zip(numbers, net.network.nodes, strict=False):
        call = validators.SetValidator(number, bytes.fromhex(node.validator_key), VALIDATOR_POWER)
        assert net.send(to=VALIDATORS_ADDRESS, data=call.calldata())["status"] == "0x1"
    return Voters(world, accounts[0], accounts[-1])
