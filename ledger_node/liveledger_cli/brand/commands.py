"""``liveledger brand``: the brands, as lists."""

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

NAMES = ("number", "status", "gln", "skus", "block", "name_commitment")

brand_commands = typer.Typer(help="Organisations that are brands.", no_args_is_help=True)


@brand_commands.callback()
def brand() -> None:
    """Organisations that are brands."""


@brand_commands.command("list")
@grouped
def list_brands(
    status: StatusOption = None,
    gln: GlnOption = None,
    *,
    how: Listing,
) -> None:
    """List brands by number, with how many SKUs each has."""
    show_list("/brands", NAMES, how, status=status, gln=gln)


@brand_commands.command()
def show(
    number: Annotated[int, typer.Argument(help="Number of the organisation", min=1)],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show one brand; exit 3 when there is none of this number."""
    show_one(find_home(home, ledger), f"/brands/{number}", NAMES, as_json=as_json, quiet=quiet)
