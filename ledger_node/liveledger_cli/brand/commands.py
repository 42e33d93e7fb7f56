"""``liveledger brand``: the brands, as lists."""

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

NAMES = ("number", "status", "gln", "skus", "block", "name_commitment")

brand_commands = Commands(help="Organisations that are brands.", no_args_is_help=True)


@brand_commands.callback()
def brand() -> None:
    """Organisations that are brands."""


@brand_commands.command("list")
@grouped
def list_brands(
    here: LedgerContext,
    status: StatusOption = None,
    gln: GlnOption = None,
    *,
    how: Listing,
) -> None:
    """List brands by number, with how many SKUs each has."""
    show_list(here, "/brands", NAMES, how, status=status, gln=gln)


@brand_commands.command()
def show(
    here: LedgerContext,
    number: Annotated[int, typer.Argument(help="Number of the organisation", min=1)],
) -> None:
    """Show one brand; exit 3 when there is none of this number."""
    show_one(here, f"/brands/{number}", NAMES)
