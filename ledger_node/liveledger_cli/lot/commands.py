"""``liveledger lot``: lots, as lists."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger_cli.common.api_client import segment
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.listing import (
    Listing,
    show_list,
)
from liveledger_cli.common.option_groups import grouped

NAMES = ("brand", "sku", "lot", "code", "expiry", "block")

lot_commands = Commands(help="Lots of SKUs, by their codes.", no_args_is_help=True)


@lot_commands.callback()
def lot() -> None:
    """Lots of SKUs, by their codes."""


@lot_commands.command("list")
@grouped
def list_lots(
    here: LedgerContext,
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand", min=1)],
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    code: Annotated[str, typer.Option(help="What the lot's code begins with [all]", show_default=False)] = "",
    *,
    how: Listing,
) -> None:
    """List lots of a SKU by their codes; exit 3 when the ledger does not know the SKU."""
    show_list(here, f"/skus/{brand}/{segment(sku)}/lots", NAMES, how, code=code)


@lot_commands.command()
@grouped
def find(
    here: LedgerContext,
    code: Annotated[str, typer.Argument(help="The whole code of the lot, as on the label (GS1 AI 10)")],
    *,
    how: Listing,
) -> None:
    """List the lots of all SKUs that have this code."""
    show_list(here, "/lots", NAMES, how, code=code)
