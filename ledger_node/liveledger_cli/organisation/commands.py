"""``liveledger organisation``: the members, as lists."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.listing import (
    GlnOption,
    Listing,
    StatusOption,
    show_list,
    show_one,
)
from liveledger_cli.common.option_groups import grouped

NAMES = ("number", "kind", "status", "gln", "block", "name_commitment")

organisation_commands = Commands(help="Organisations that are members of the ledger.", no_args_is_help=True)


@organisation_commands.callback()
def organisation() -> None:
    """Organisations that are members of the ledger."""


@organisation_commands.command("list")
@grouped
def list_organisations(
    here: LedgerContext,
    kind: Annotated[str | None, typer.Option(help="Only of this kind, like warehouse")] = None,
    status: StatusOption = None,
    gln: GlnOption = None,
    *,
    how: Listing,
) -> None:
    """List organisations by number."""
    show_list(here, "/organisations", NAMES, how, kind=kind, status=status, gln=gln)


@organisation_commands.command()
def show(
    here: LedgerContext,
    number: Annotated[int, typer.Argument(help="Number of the organisation", min=1)],
) -> None:
    """Show one organisation; exit 3 when there is none of this number."""
    show_one(here, f"/organisations/{number}", NAMES)
