"""``liveledger member recovery``: a new account for an organisation whose keys were lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveledger.bindings import recovery
from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.rpc.finality import final_height
from liveledger.domain import gs1
from liveledger.domain.errors import NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.node.governance_transfer import REQUEST_SECONDS, SECURITY, SYSTEM
from liveledger.node.recovery_request import write_recovery
from liveledger.services.member_accounts import read_account
from liveledger.services.membership import read_roll
from liveledger.services.recovery import read_recovery_state
from liveledger_cli.common.connections import AsOption, NodeOption, connected, sending
from liveledger_cli.common.context import HomeOption, JsonOption, LedgerOption, Output, find_home
from liveledger_cli.common.read_back import require, write_and_read
from liveledger_cli.common.signing_accounts import accounts_of
from liveledger_cli.member.member_admin import carry_out, own_number

GlnArgument = Annotated[str, typer.Argument(help="The organisation's GLN (13 digits)")]

recovery_commands = typer.Typer(help="A new account for an organisation whose keys were lost.", no_args_is_help=True)


@recovery_commands.command("request")
def request_recovery(
    gln: GlnArgument,
    out: Annotated[Path, typer.Option(help="Where to write the request", dir_okay=False)],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: Annotated[str, typer.Option("--as", help="Label of the new key (`liveledger key create`)")] = SECURITY,
    as_json: JsonOption = False,
) -> None:
    """Write the request that a new key of this organisation become its security administrator; members vote on it."""
    wanted = gs1.gln(gln)
    account = accounts_of(find_home(home, ledger)).load(label)
    with connected(home, ledger, node) as connection:
        number = read_roll(connection).find(gln).number
        deadline = connection.execution.block(final_height(connection)).time + REQUEST_SECONDS
        chain = connection.evm_chain_id
    write_and_read(out, write_recovery(wanted, number, account, evm_chain_id=chain, deadline=deadline))
    shown = {"request": str(out), "organisation": str(number), "account": hex_bytes(address_of(account))}
    Output(as_json).result(
        shown, f"wrote {out}: hand it to a member, and show over another way that it is you who asks"
    )


@recovery_commands.command("show")
def show_recovery(
    gln: GlnArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Where the recovery of an organisation stands."""
    with connected(home, ledger, node) as connection:
        report = read_recovery_state(connection, read_roll(connection).find(gln).number)
    Output(as_json).result(report.as_dict(), report.text())


@recovery_commands.command("object")
def object_to_recovery(
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """End the recovery of this account's own organisation: its keys are not lost. Any of its active accounts may."""
    with sending(home, ledger, node, label) as sender:
        number = own_number(sender)
        carry_out(sender, f"object:{number}", recovery.Object(number))
        report = read_recovery_state(sender.connection, number)
        require(f"the recovery of organisation {number}", "none", report.state)
    Output(as_json).result(report.as_dict(), report.text())


@recovery_commands.command("complete")
def complete_recovery(
    gln: GlnArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Register the new account of an organisation, once the time to object is over. Any member may."""
    with sending(home, ledger, node, label) as sender:
        number = read_roll(sender.connection).find(gln).number
        waiting = read_recovery_state(sender.connection, number)
        carry_out(sender, f"recover:{number}", recovery.Complete(number))
        found = read_account(sender.connection, waiting.account)
        if found is None:
            raise NotFound(f"{hex_bytes(waiting.account)} is not registered", hint="`liveledger member recovery show`")
        require("the new account's organisation", number, found.organisation)
    Output(as_json).result(found.as_dict(), f"recovered: {found.text()}")
