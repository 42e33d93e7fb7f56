"""``liveledger snapshot``: submit stock snapshots from external systems."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from liveledger.messages.snapshots import snapshot_form
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.message_files import read_file
from liveledger_cli.common.message_sending import send, tell_refusals, telling
from liveledger_cli.common.table_options import EncodingOption, IgnoreOption, MapOption, SetOption, snapshot_options
from liveledger_cli.movement.commands import AccountOption, DryRunOption, PartialOption

CHUNK = 1000

snapshot_commands = Commands(help="Stock snapshots of other systems.", no_args_is_help=True)


@snapshot_commands.callback()
def snapshot() -> None:
    """Stock snapshots of other systems."""


@snapshot_commands.command()
def post(
    here: LedgerContext,
    file: Annotated[str, typer.Argument(help="NDJSON, JSON or CSV file; - for stdin")],
    map_file: MapOption = None,
    encoding: EncodingOption = None,
    constants: SetOption = None,
    ignore: IgnoreOption = False,
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    account: AccountOption = None,
) -> None:
    """Hand in stock snapshots for reconciliation; they move nothing. A message id that is there is kept once."""
    found = read_file(file, snapshot_options(map_file, encoding, constants, ignore=ignore))
    flags = {"dry_run": dry_run, "partial": partial}
    parameters = {name: str(value).lower() for name, value in flags.items()} | ({"account": account} if account else {})
    total: dict[str, Any] = {"accepted": 0, "already_stored": 0, "dry_run": dry_run}
    client = ApiClient(here.home)
    with telling(quiet=here.quiet):
        total |= send(client, "/snapshots", found, snapshot_form, parameters, size=CHUNK, quiet=here.quiet)
    refused = total.get("refused", [])
    verb = "would be kept" if dry_run else "kept"
    out = f", {len(refused)} refused" if partial else ""
    here.output.result(total, f"{total['accepted']} {verb}, {total['already_stored']} were there already{out}")
    tell_refusals(refused, quiet=here.quiet)
    if refused:
        raise typer.Exit(1)
