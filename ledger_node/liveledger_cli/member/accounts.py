"""``liveledger member account``: the accounts of an organisation, with what the ledger has of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.bindings.constants import Status
from liveledger.chain.accounts.accounts import address_of
from liveledger.domain.errors import NotFound, RuleViolation
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.keys import SECURITY
from liveledger_cli.common.connections import connected, sending
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.common.signing_accounts import accounts_of
from liveledger_cli.member.member_admin import ADDRESS_BYTES, carry_out, own_number
from liveledger_cli.member.propose import hex_argument, parse_roles

if TYPE_CHECKING:
    from liveledger.chain.rpc.connection import Connection
    from liveledger.services.member_accounts import MemberAccount


RolesArgument = Annotated[list[str], typer.Argument(help="Roles in kebab case, such as post-movements")]

account_commands = Commands(help="Accounts of this organisation.", no_args_is_help=True)


class RegisteredOtherwise(RuleViolation):
    """The account is registered already, with another organisation, status or roles; nothing was sent."""

    code = "registered-otherwise"


@account_commands.command("add", acts_as=SECURITY)
def add_account(
    here: LedgerContext,
    key_label: Annotated[str, typer.Argument(metavar="LABEL", help="Label of its key (`liveledger key create`)")],
    roles: Annotated[list[str] | None, typer.Argument(help="Roles in kebab case [none: it archives hashes]")] = None,
) -> None:
    """Register an account of this organisation with its roles; it is given an allowance for gas.

    One that is registered with these roles stays as it is; with others the command is refused (exit 1).
    """
    from liveledger.services.member_accounts import MemberAccount, read_account
    from liveledger.services.members import Registrar

    wanted = parse_roles(roles or ())
    account = accounts_of(here.home).load(key_label)
    with sending(here) as sender:
        mine = MemberAccount(address_of(account), own_number(sender), Status.ACTIVE, wanted)
        before = read_account(sender.connection, mine.address)
        if before is None:
            Registrar(sender).register_accounts([(account, mine.organisation, wanted)])
        elif before != mine:
            raise RegisteredOtherwise(
                f"{key_label} is registered already: {before.text()}",
                hint=f"`liveledger member account set {hex_bytes(mine.address)} ROLES…` changes its roles",
            )
        found = _confirmed(sender.connection, mine)
    word = "registered" if before is None else "nothing to do, it is registered"
    here.output.result(found.as_dict() | {"changed": before is None}, f"{word}: {found.text()}")


@account_commands.command("set", acts_as=SECURITY)
def set_account(
    here: LedgerContext,
    address: Annotated[str, typer.Argument(help="Address of the account (0x and 40 hex digits)")],
    roles: Annotated[
        list[str] | None, typer.Argument(help="All roles that it is to have; none leaves it without")
    ] = None,
    suspend: Annotated[bool, typer.Option("--suspend", help="It cannot act until it is set again")] = False,
) -> None:
    """Set status and roles of an account of this organisation: at once, without a vote."""
    from liveledger.bindings import consortium
    from liveledger.services.member_accounts import MemberAccount

    target, wanted = hex_argument(address, ADDRESS_BYTES, "address"), parse_roles(roles or [])
    status = Status.SUSPENDED if suspend else Status.ACTIVE
    with sending(here) as sender:
        mine = MemberAccount(target, own_number(sender), status, wanted)
        carry_out(sender, f"set-account:{target.hex()}", consortium.SetAccount(target, status, int(wanted)))
        found = _confirmed(sender.connection, mine)
    here.output.result(found.as_dict(), f"set: {found.text()}")


@account_commands.command("list")
def show_accounts(
    here: LedgerContext,
    organisation: Annotated[
        int | None, typer.Option("--organisation", min=1, help="Only those of this organisation's number [all]")
    ] = None,
    role: Annotated[str | None, typer.Option("--role", help="Only those that have this role [any]")] = None,
) -> None:
    """Every account that was ever registered, with its organisation, its status and its roles now."""
    from liveledger.services.member_accounts import list_accounts

    wanted = parse_roles([role] if role else [])
    with connected(here) as connection:
        rows = list_accounts(connection)
    shown = [row for row in rows if organisation in (None, row.organisation) and wanted in row.roles]
    here.output.result({"accounts": [row.as_dict() for row in shown]}, [row.text() for row in shown] or "no accounts")


def _confirmed(connection: Connection, wanted: MemberAccount) -> MemberAccount:
    """The account as the ledger has it now. Raises NotFound, NotReadBack where that is not what was ``wanted``."""
    from liveledger.services.member_accounts import read_account

    found = read_account(connection, wanted.address)
    if found is None:
        raise NotFound(f"{hex_bytes(wanted.address)} is not registered", hint="`liveledger member account add`")
    require(f"the account {hex_bytes(wanted.address)}", wanted.text(), found.text())
    return found
