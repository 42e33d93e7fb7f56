"""From founders to members: every founder is admitted with its validator, then the administration goes to the votes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eth_account.signers.local import LocalAccount

from liveledger.bindings import consortium, directory
from liveledger.bindings.constants import (
    CONSORTIUM_ADDRESS,
    DIRECTORY_ADDRESS,
    GOVERNANCE_ADDRESS,
    OrganisationKind,
    Role,
)
from liveledger.chain.connection import Connection
from liveledger.chain.finality import final_height
from liveledger.chain.members import Act, Registrar
from liveledger.chain.roll import Roll, read_roll
from liveledger.chain.sender import Sender
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.gs1 import with_check_digit
from liveledger.engine.admission import JoinRequest, commit_name, read_request, write_request
from liveledger.engine.network import Member

SYSTEM, SECURITY, AUDIT = "system-admin", "security-admin", "audit-admin"
POWER_LABELS = (SYSTEM, SECURITY, AUDIT)
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
    minter: LocalAccount | None = None,
) -> Roll:
    """Admits the founders and, with ``hand_over``, leaves the administration to their votes. May be run again.

    ``sender`` is the administrator's; ``minter`` an account of the last founder that is to mint deposits, which later
    only a vote can allow. Raises ConfigurationError when members govern already, RuleViolation with what
    the contracts refuse.
    """
    if read_roll(sender.connection).governed:
        raise ConfigurationError("the members govern already", hint="use `liveledger member propose admit`")
    registrar = Registrar(sender)
    acts = []
    for request in requests:
        if not _number(sender.connection, request.application.gln):
            (call,) = request.calls()
            acts.append(Act(f"admit:{request.application.gln}", CONSORTIUM_ADDRESS, call.calldata()))
    progress(f"admitting {len(requests)} founder(s)")
    registrar.carry_out(acts)
    registrar.carry_out([_claim(sender.connection, request) for request in requests])
    if minter is not None:
        number = _number(sender.connection, requests[-1].application.gln)
        registrar.register_accounts([(minter, number, Role.MINT_DEPOSITS)])
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
    members: Sequence[Member], accounts: Sequence[Sequence[LocalAccount]], *, evm_chain_id: int, now: int
) -> list[JoinRequest]:
    """Requests of nodes that run on one host for trial: made-up organisations with GLNs of GS1's example range."""
    kinds = list(OrganisationKind)
    found = []
    for index, (member, three) in enumerate(zip(members, accounts, strict=True)):
        gln = int(with_check_digit(f"{_EXAMPLE_GLN}{index + 1:05}"))
        _, commitment = commit_name(member.name)
        data = write_request(
            kinds[index % len(kinds)],
            gln,
            commitment,
            three,
            member,
            evm_chain_id=evm_chain_id,
            deadline=now + REQUEST_SECONDS,
        )
        found.append(read_request(data, evm_chain_id=evm_chain_id, now=now))
    return found


def _claim(connection: Connection, request: JoinRequest) -> Act:
    """The act that gives a founder's genesis key to its organisation; its power stays as it is."""
    number = _number(connection, request.application.gln)
    key = bytes.fromhex(request.node.validator_key)
    call = consortium.SetValidator(number, key, request.node.power)
    return Act(f"claim:{key.hex()}", CONSORTIUM_ADDRESS, call.calldata())


def _number(connection: Connection, gln: int) -> int:
    data = consortium.OrganisationByGln(gln).calldata()
    answer = connection.execution.call(CONSORTIUM_ADDRESS, data, final_height(connection))
    return consortium.decode_organisation_by_gln(answer)
