"""``liveledger location``: the locations, as lists."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger_cli.common.api_client import segment
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.listing import (
    STOCK,
    GlnOption,
    Listing,
    StatusOption,
    show_list,
    show_one,
)
from liveledger_cli.common.option_groups import grouped

NAMES = ("number", "gln", "status", "operator", "operator_gln", "block")

location_commands = Commands(help="Locations, and what they hold.", no_args_is_help=True)


@location_commands.callback()
def location() -> None:
    """Locations, and what they hold."""


@location_commands.command("list")
@grouped
def list_locations(
    here: LedgerContext,
    operator: Annotated[int | None, typer.Option(min=1, help="Only of the organisation with this number")] = None,
    status: StatusOption = None,
    gln: GlnOption = None,
    *,
    how: Listing,
) -> None:
    """List locations by number."""
    show_list(here, "/locations", NAMES, how, operator=operator, status=status, gln=gln)


@location_commands.command()
def show(
    here: LedgerContext,
    gln: Annotated[str, typer.Argument(help="GLN of the location (13 digits)")],
) -> None:
    """Show one location; exit 3 when the ledger does not know it."""
    show_one(here, f"/locations/{segment(gln)}", NAMES)


@location_commands.command()
@grouped
def stock(
    here: LedgerContext,
    gln: Annotated[str, typer.Argument(help="GLN of the location (13 digits)")],
    brand: Annotated[int | None, typer.Option(min=1, help="Only of the brand with this number")] = None,
    *,
    how: Listing,
) -> None:
    """List what a location holds, a line a SKU and lot; exit 3 when the ledger does not know it."""
    show_list(here, f"/locations/{segment(gln)}/stock", STOCK, how, brand=brand)
