"""From founders to members: every founder is admitted with its validator, then the administration goes to the votes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from liveledger.bindings import consortium, directory, validators
from liveledger.bindings.constants import (
    CONSORTIUM_ADDRESS,
    DIRECTORY_ADDRESS,
    GOVERNANCE_ADDRESS,
    VALIDATORS_ADDRESS,
    OrganisationKind,
    Role,
)
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.gs1 import with_check_digit
from liveledger.node.admission import JoinRequest, commit_name, read_request, write_request
from liveledger.node.network import Member
from liveledger.node.possession import NodeKeys
from liveledger.services.members import Act, Registrar
from liveledger.services.membership import Roll, read_roll
from liveledger.services.organisations import organisation_by_gln

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

REQUEST_SECONDS = 30 * 24 * 3600
# GS1's prefix for examples: nobody's numbers.
_EXAMPLE_GLN = "9521239"

Progress = Callable[[str], None]


def found(
    sender: Sender,
    requests: Sequence[JoinRequest],
    *,
    hand_over: bool,
    progress: Progress,
    minters: Sequence[LocalAccount] = (),
    reserving: LocalAccount | None = None,
) -> Roll:
    """Admits the founders and, with ``hand_over``, leaves the administration to their votes. May be run again.

    ``sender`` is the administrator's. ``minters`` are to mint deposits, which two organisations do together and later
    only a vote can allow: the first is an account of the last founder, the next of the one before. ``reserving`` is one
    of the first founder that is to post reservations. Raises ConfigurationError when members govern already,
    RuleViolation with what the contracts refuse.
    """
    if read_roll(sender.connection).governed:
        raise ConfigurationError("the members govern already", hint="use `liveledger member propose admit`")
    registrar = Registrar(sender)
    progress(f"admitting {len(requests)} founder(s)")
    # Node by node after the members: an organisation that is not there yet can have none.
    registrar.carry_out(
        [_admission(request) for request in requests if not organisation_by_gln(sender.connection, _gln(request))]
    )
    registrar.carry_out([_listing(request) for request in requests if not _nodes(sender.connection, request)])
    registrar.carry_out([_claim(sender.connection, request) for request in requests])
    for minter, request in zip(minters, reversed(requests), strict=False):
        number = organisation_by_gln(sender.connection, _gln(request))
        registrar.register_accounts([(minter, number, Role.MINT_DEPOSITS)])
    if reserving is not None:
        number = organisation_by_gln(sender.connection, _gln(requests[0]))
        registrar.register_accounts([(reserving, number, Role.POST_MOVEMENTS)])
    if hand_over:
        progress("handing the administration over to the members' votes")
        heir = GOVERNANCE_ADDRESS
        registrar.carry_out(
            [
                Act("hand-over:contracts", DIRECTORY_ADDRESS, directory.SetAdministrator(heir).calldata()),
                Act("hand-over:members", CONSORTIUM_ADDRESS, consortium.SetAdministrator(heir).calldata()),
            ]
        )
    return read_roll(sender.connection)


def example_requests(
    members: Sequence[Member],
    accounts: Sequence[Sequence[LocalAccount]],
    keys: Sequence[NodeKeys],
    *,
    evm_chain_id: int,
    now: int,
) -> list[JoinRequest]:
    """Requests of nodes that run on one host for trial: made-up organisations with GLNs of GS1's example range."""
    kinds = list(OrganisationKind)
    found = []
    for index, (member, three, pair) in enumerate(zip(members, accounts, keys, strict=True)):
        gln = int(with_check_digit(f"{_EXAMPLE_GLN}{index + 1:05}"))
        _, commitment = commit_name(member.name)
        data = write_request(
            kinds[index % len(kinds)],
            gln,
            commitment,
            three,
            member,
            pair,
            evm_chain_id=evm_chain_id,
            deadline=now + REQUEST_SECONDS,
        )
        found.append(read_request(data, evm_chain_id=evm_chain_id, now=now))
    return found


def _gln(request: JoinRequest) -> int:
    return request.application.gln


def _admission(request: JoinRequest) -> Act:
    admit, _ = request.calls()
    return Act(f"admit:{_gln(request)}", CONSORTIUM_ADDRESS, admit.calldata())


def _listing(request: JoinRequest) -> Act:
    _, listing = request.calls()
    return Act(f"list-node:{_gln(request)}", VALIDATORS_ADDRESS, listing.calldata())


def _nodes(connection: Connection, request: JoinRequest) -> int:
    """How many nodes the request's organisation has on the list."""
    data = validators.PowersOf(organisation_by_gln(connection, _gln(request))).calldata()
    answer = connection.execution.call(VALIDATORS_ADDRESS, data, final_height(connection))
    return validators.decode_powers_of(answer).nodes


def _claim(connection: Connection, request: JoinRequest) -> Act:
    """The act that gives a founder's genesis key to its organisation; its power stays as it is."""
    number = organisation_by_gln(connection, _gln(request))
    key = bytes.fromhex(request.node.validator_key)
    call = validators.SetValidator(number, key, request.node.power)
    return Act(f"claim:{key.hex()}", VALIDATORS_ADDRESS, call.calldata())
