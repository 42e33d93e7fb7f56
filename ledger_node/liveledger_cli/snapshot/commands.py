"""``liveledger snapshot``: submit stock snapshots from external systems."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from liveledger.messages.snapshots import snapshot_form
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home
from liveledger_cli.common.message_files import read_file
from liveledger_cli.common.message_sending import send, tell_refusals, telling
from liveledger_cli.common.table_options import EncodingOption, IgnoreOption, MapOption, SetOption, snapshot_options
from liveledger_cli.movement.commands import AccountOption, DryRunOption, PartialOption

CHUNK = 1000

snapshot_commands = typer.Typer(help="Stock snapshots of other systems.", no_args_is_help=True)


@snapshot_commands.callback()
def snapshot() -> None:
    """Stock snapshots of other systems."""


@snapshot_commands.command()
def post(
    file: Annotated[str, typer.Argument(help="NDJSON, JSON or CSV file; - for stdin")],
    map_file: MapOption = None,
    encoding: EncodingOption = None,
    constants: SetOption = None,
    ignore: IgnoreOption = False,
    account: AccountOption = None,
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hand in stock snapshots for reconciliation; they move nothing. A message id that is there is kept once."""
    found = read_file(file, snapshot_options(map_file, encoding, constants, ignore=ignore))
    flags = {"dry_run": dry_run, "partial": partial}
    parameters = {name: str(value).lower() for name, value in flags.items()} | ({"account": account} if account else {})
    total: dict[str, Any] = {"accepted": 0, "already_stored": 0, "dry_run": dry_run}
    client = ApiClient(find_home(home, ledger))
    with telling(quiet=quiet):
        total |= send(client, "/snapshots", found, snapshot_form, parameters, size=CHUNK, quiet=quiet)
    refused = total.get("refused", [])
    verb = "would be kept" if dry_run else "kept"
    out = f", {len(refused)} refused" if partial else ""
    Output(as_json).result(total, f"{total['accepted']} {verb}, {total['already_stored']} were there already{out}")
    tell_refusals(refused, quiet=quiet)
    if refused:
        raise typer.Exit(1)
