"""``liveledger organisation``: the members, as lists."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger_cli.common.context import HomeOption, JsonOption, LedgerOption, QuietOption, find_home
from liveledger_cli.common.listing import (
    GlnOption,
    Listing,
    StatusOption,
    show_list,
    show_one,
)
from liveledger_cli.common.option_groups import grouped

NAMES = ("number", "kind", "status", "gln", "block", "name_commitment")

organisation_commands = typer.Typer(help="Organisations that are members of the ledger.", no_args_is_help=True)


@organisation_commands.callback()
def organisation() -> None:
    """Organisations that are members of the ledger."""


@organisation_commands.command("list")
@grouped
def list_organisations(
    kind: Annotated[str | None, typer.Option(help="Only of this kind, like warehouse")] = None,
    status: StatusOption = None,
    gln: GlnOption = None,
    *,
    how: Listing,
) -> None:
    """List organisations by number."""
    show_list("/organisations", NAMES, how, kind=kind, status=status, gln=gln)


@organisation_commands.command()
def show(
    number: Annotated[int, typer.Argument(help="Number of the organisation", min=1)],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show one organisation; exit 3 when there is none of this number."""
    show_one(find_home(home, ledger), f"/organisations/{number}", NAMES, as_json=as_json, quiet=quiet)
