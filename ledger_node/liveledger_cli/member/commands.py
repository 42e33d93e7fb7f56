"""``liveledger member``: who belongs to the ledger, and the votes by which that changes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.bindings.constants import OrganisationKind
from liveledger.chain.accounts.accounts import AccountStore, create_account
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import SECURITY, SYSTEM, reservations_label
from liveledger_cli.common.connections import connected, sending
from liveledger_cli.common.context import (
    messages,
    read_limited,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import write_and_read
from liveledger_cli.common.signing_accounts import PassphraseOption, accounts_of, use_passphrase_file
from liveledger_cli.member.accounts import account_commands
from liveledger_cli.member.member_admin import own_node_commands, place_commands
from liveledger_cli.member.operators import operator_commands
from liveledger_cli.member.propose import propose_commands
from liveledger_cli.member.propose_gtin import prefer_gtin
from liveledger_cli.member.propose_place import reserve_gln
from liveledger_cli.member.recovery import recovery_commands
from liveledger_cli.member.validator_proofs import AskedOption, require_asked

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from liveledger.chain.rpc.connection import Connection
    from liveledger.node.network import Member

# Labels of the two accounts that mint deposits together on a network made for trial, each of another organisation.
MINTERS = ("deposits", "deposits-second")
# The label that `liveledger api start` posts by when it is told no other.
OPERATOR = "operator"

member_commands = Commands(help="Members of the ledger, their proposals and votes.", no_args_is_help=True)
propose_commands.command("gtin", acts_as=SYSTEM)(prefer_gtin)
propose_commands.command("place", acts_as=SYSTEM)(reserve_gln)
member_commands.add_typer(propose_commands, name="propose")
member_commands.add_typer(account_commands, name="account")
member_commands.add_typer(own_node_commands, name="node")
member_commands.add_typer(place_commands, name="place")
member_commands.add_typer(operator_commands, name="operator")
member_commands.add_typer(recovery_commands, name="recovery")


@member_commands.callback()
def member(context: typer.Context, passphrase_file: PassphraseOption = None) -> None:
    """Members of the ledger, their proposals and votes."""
    use_passphrase_file(context, passphrase_file)


@member_commands.command("list")
def list_members(here: LedgerContext) -> None:
    """Every organisation with its status, voting power and nodes; whether the ledger survives a faulty one."""
    from liveledger.services.membership import read_roll

    with connected(here) as connection:
        roll = read_roll(connection)
    here.output.result(roll.as_dict(), roll.lines())


@member_commands.command()
def proposals(
    here: LedgerContext,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that can still be voted on")] = False,
) -> None:
    """All proposals with their votes, oldest first."""
    from liveledger.services.governance import read_proposals

    with connected(here) as connection:
        rows = [row for row in read_proposals(connection) if not open_only or row.status == "open"]
    lines = [line for row in rows for line in row.lines()]
    here.output.result({"proposals": [row.as_dict() for row in rows]}, lines or "no proposals")


@member_commands.command()
def show(here: LedgerContext, number: Annotated[int, typer.Argument(help="The proposal's number", min=1)]) -> None:
    """One proposal, its calls in words, and its votes."""
    from liveledger.services.governance import read_proposal

    with connected(here) as connection:
        report = read_proposal(connection, number)
    here.output.result(report.as_dict(), report.lines())


@member_commands.command("vote", acts_as=SECURITY)
def cast_vote(
    here: LedgerContext,
    number: Annotated[int, typer.Argument(help="The proposal's number", min=1)],
    answer: Annotated[str, typer.Argument(help="yes or no")],
    asked: AskedOption = None,
) -> None:
    """Vote for this organisation, by its security administrator. The vote that makes two thirds carries it out."""
    from liveledger.services.governance import vote

    if answer not in ("yes", "no"):
        raise InvalidInput(f"{answer!r} is no vote", hint="yes or no")
    with sending(here) as sender:
        if asked is not None:
            require_asked(sender.connection, number, asked)
        report = vote(sender, number, approve=answer == "yes")
    here.output.result(report.as_dict(), report.lines())


@member_commands.command("withdraw", acts_as=SYSTEM)
def take_back(here: LedgerContext, number: Annotated[int, typer.Argument(help="The proposal's number", min=1)]) -> None:
    """Take a proposal of this organisation back."""
    from liveledger.services.governance import withdraw

    with sending(here) as sender:
        report = withdraw(sender, number)
    here.output.result(report.as_dict(), report.lines())


@member_commands.command()
def request(
    here: LedgerContext,
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(kind.name.lower() for kind in OrganisationKind)}")],
    gln: Annotated[str, typer.Option(help="The organisation's Global Location Number (13 digits)")],
    name: Annotated[str, typer.Option(help="Its name; only a salted commitment goes into the request")],
    out: Annotated[Path, typer.Option(help="Where to write the request", dir_okay=False)],
) -> None:
    """Write this organisation's signed request to join; its three administrators' accounts are made when missing."""
    from liveledger.domain.keys import POWER_LABELS
    from liveledger.node import cometbft
    from liveledger.node.admission import commit_name, write_request
    from liveledger.node.governance_transfer import REQUEST_SECONDS
    from liveledger.node.network import Network

    if kind.upper() not in OrganisationKind.__members__:
        raise InvalidInput(f"{kind!r} is no kind of organisation")
    where = here.home
    network = Network.load(where)
    salt, commitment = commit_name(name)
    data = write_request(
        OrganisationKind[kind.upper()],
        gs1.gln(gln),
        commitment,
        [_own_account(where, label) for label in POWER_LABELS],
        _asking(network.member(here.node)),
        cometbft.node_keys(where.node(here.node).cometbft),
        evm_chain_id=network.evm_chain_id,
        deadline=int(time.time()) + REQUEST_SECONDS,
    )
    write_and_read(out, data)
    shown = {"request": str(out), "gln": gln, "name_salt": salt.hex(), "name_commitment": commitment.hex()}
    lines = [f"wrote {out}: hand it to a member", f"keep with the name: salt {salt.hex()}"]
    here.output.result(shown, lines)


@member_commands.command("found")
def found_members(
    here: LedgerContext,
    requests: Annotated[list[Path] | None, typer.Argument(help="The founders' join requests")] = None,
    examples: Annotated[
        bool,
        typer.Option(
            "--examples",
            help="For trial on one host: a made-up organisation for each node, two accounts (of the last two) that"
            " mint deposits together, and one of the first organisation that posts reservations for its `operator`",
        ),
    ] = False,
    hand_over: Annotated[
        bool, typer.Option(help="Leave the administration to the members' votes; there is no way back")
    ] = True,
) -> None:
    """Deploy, admit the founders, hand the administration over: once, on the host that made the ledger."""
    from liveledger.node import cometbft
    from liveledger.node.admission import MAX_REQUEST_BYTES, read_request
    from liveledger.node.governance_transfer import example_requests, found
    from liveledger.node.network import Network
    from liveledger.services.deployment import ADMINISTRATOR, deploy

    if bool(requests) == examples:
        raise InvalidInput("name the founders' requests, or --examples for a trial on one host")

    def say(line: str) -> None:
        if not here.quiet:
            messages.print(line, markup=False)

    where = here.home
    deploy(where, node=here.node, progress=say, accounts=accounts_of(where))
    with sending(here, ADMINISTRATOR) as sender:
        chain, now = sender.connection.evm_chain_id, _now(sender.connection)
        if examples:
            members = Network.load(where).local
            keys = [cometbft.node_keys(where.node(index).cometbft) for index in range(len(members))]
            applications = example_requests(members, _example_accounts(where), keys, evm_chain_id=chain, now=now)
        else:
            applications = [
                read_request(read_limited(path, MAX_REQUEST_BYTES), evm_chain_id=chain, now=now)
                for path in requests or []
            ]
        minters = [_example_account(where, accounts_of(where), label) for label in MINTERS] if examples else []
        reserving = _example_account(where, accounts_of(where), reservations_label(OPERATOR)) if examples else None
        roll = found(sender, applications, hand_over=hand_over, progress=say, minters=minters, reserving=reserving)
    here.output.result(roll.as_dict(), roll.lines())


def _own_account(where: LedgerHome, label: str) -> LocalAccount:
    """One of this organisation's three accounts; made now, encrypted, when there is none."""
    accounts = accounts_of(where)
    try:
        return accounts.load(label)
    except NotFound:
        return accounts.create(label)


def _asking(node: Member) -> Member:
    """A node that has no vote yet asks for one."""
    from liveledger.node.defaults import VALIDATOR_POWER

    return node if node.power else replace(node, power=VALIDATOR_POWER)


def _example_accounts(where: LedgerHome) -> list[list[LocalAccount]]:
    """Three accounts for each node, by labels such as ``node0-system-admin``; those that are missing are plain."""
    from liveledger.domain.keys import POWER_LABELS
    from liveledger.node.network import Network

    accounts = accounts_of(where)
    return [
        [_example_account(where, accounts, f"{member.name}-{label}") for label in POWER_LABELS]
        for member in Network.load(where).local
    ]


def _example_account(where: LedgerHome, accounts: AccountStore, label: str) -> LocalAccount:
    try:
        return accounts.load(label)
    except NotFound:
        return create_account(where, label)


def _now(connection: Connection) -> int:
    from liveledger.chain.rpc.finality import final_height

    return connection.execution.block(final_height(connection)).time
