"""``liveledger member recovery``: a new account for an organisation whose keys were lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveledger.chain.accounts.accounts import address_of
from liveledger.domain import gs1
from liveledger.domain.errors import NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.keys import SECURITY, SYSTEM
from liveledger_cli.common.connections import connected, sending
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import require, write_and_read
from liveledger_cli.common.signing_accounts import accounts_of
from liveledger_cli.member.member_admin import carry_out, own_number

GlnArgument = Annotated[str, typer.Argument(help="The organisation's GLN (13 digits)")]

recovery_commands = Commands(help="A new account for an organisation whose keys were lost.", no_args_is_help=True)


@recovery_commands.command("request")
def request_recovery(
    here: LedgerContext,
    gln: GlnArgument,
    out: Annotated[Path, typer.Option(help="Where to write the request", dir_okay=False)],
    label: Annotated[str, typer.Option("--as", help="Label of the new key (`liveledger key create`)")] = SECURITY,
) -> None:
    """Write the request that a new key of this organisation become its security administrator; members vote on it."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.node.governance_transfer import REQUEST_SECONDS
    from liveledger.node.recovery_request import write_recovery
    from liveledger.services.membership import read_roll

    wanted = gs1.gln(gln)
    account = accounts_of(here.home).load(label)
    with connected(here) as connection:
        number = read_roll(connection).find(gln).number
        deadline = connection.execution.block(final_height(connection)).time + REQUEST_SECONDS
        chain = connection.evm_chain_id
    write_and_read(out, write_recovery(wanted, number, account, evm_chain_id=chain, deadline=deadline))
    shown = {"request": str(out), "organisation": str(number), "account": hex_bytes(address_of(account))}
    here.output.result(shown, f"wrote {out}: hand it to a member, and show over another way that it is you who asks")


@recovery_commands.command("show")
def show_recovery(here: LedgerContext, gln: GlnArgument) -> None:
    """Where the recovery of an organisation stands."""
    from liveledger.services.membership import read_roll
    from liveledger.services.recovery import read_recovery_state

    with connected(here) as connection:
        report = read_recovery_state(connection, read_roll(connection).find(gln).number)
    here.output.result(report.as_dict(), report.text())


@recovery_commands.command("object", acts_as=SYSTEM)
def object_to_recovery(here: LedgerContext) -> None:
    """End the recovery of this account's own organisation: its keys are not lost. Any of its active accounts may."""
    from liveledger.bindings import recovery
    from liveledger.services.recovery import read_recovery_state

    with sending(here) as sender:
        number = own_number(sender)
        carry_out(sender, f"object:{number}", recovery.Object(number))
        report = read_recovery_state(sender.connection, number)
        require(f"the recovery of organisation {number}", "none", report.state)
    here.output.result(report.as_dict(), report.text())


@recovery_commands.command("complete", acts_as=SYSTEM)
def complete_recovery(here: LedgerContext, gln: GlnArgument) -> None:
    """Register the new account of an organisation, once the time to object is over. Any member may."""
    from liveledger.bindings import recovery
    from liveledger.services.member_accounts import read_account
    from liveledger.services.membership import read_roll
    from liveledger.services.recovery import read_recovery_state

    with sending(here) as sender:
        number = read_roll(sender.connection).find(gln).number
        waiting = read_recovery_state(sender.connection, number)
        carry_out(sender, f"recover:{number}", recovery.Complete(number))
        found = read_account(sender.connection, waiting.account)
        if found is None:
            raise NotFound(f"{hex_bytes(waiting.account)} is not registered", hint="`liveledger member recovery show`")
        require("the new account's organisation", number, found.organisation)
    here.output.result(found.as_dict(), f"recovered: {found.text()}")
