"""``liveledger location``: the locations, as lists."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger_cli.common.api_client import segment
from liveledger_cli.common.context import HomeOption, JsonOption, LedgerOption, QuietOption, find_home
from liveledger_cli.common.listing import (
    STOCK,
    AllOption,
    CsvOption,
    GlnOption,
    LimitOption,
    Listing,
    StatusOption,
    show_list,
    show_one,
)

NAMES = ("number", "gln", "status", "operator", "operator_gln", "block")

location_commands = typer.Typer(help="Locations, and what they hold.", no_args_is_help=True)


@location_commands.callback()
def location() -> None:
    """Locations, and what they hold."""


@location_commands.command("list")
def list_locations(
    operator: Annotated[int | None, typer.Option(min=1, help="Only of the organisation with this number")] = None,
    status: StatusOption = None,
    gln: GlnOption = None,
    limit: LimitOption = 100,
    every: AllOption = False,
    as_csv: CsvOption = False,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List locations by number."""
    how = Listing(limit, every, as_csv, as_json, quiet)
    show_list(find_home(home, ledger), "/locations", NAMES, how, operator=operator, status=status, gln=gln)


@location_commands.command()
def show(
    gln: Annotated[str, typer.Argument(help="GLN of the location (13 digits)")],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show one location; exit 3 when the ledger does not know it."""
    show_one(find_home(home, ledger), f"/locations/{segment(gln)}", NAMES, as_json=as_json, quiet=quiet)


@location_commands.command()
def stock(
    gln: Annotated[str, typer.Argument(help="GLN of the location (13 digits)")],
    brand: Annotated[int | None, typer.Option(min=1, help="Only of the brand with this number")] = None,
    limit: LimitOption = 100,
    every: AllOption = False,
    as_csv: CsvOption = False,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List what a location holds, a line a SKU and lot; exit 3 when the ledger does not know it."""
    how = Listing(limit, every, as_csv, as_json, quiet)
    show_list(find_home(home, ledger), f"/locations/{segment(gln)}/stock", STOCK, how, brand=brand)
