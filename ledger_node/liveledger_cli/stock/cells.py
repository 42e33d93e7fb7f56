"""``liveledger stock list``: what there is of a brand's goods, or of one SKU, over all locations."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger_cli.common.api_client import segment
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.listing import (
    STOCK,
    Listing,
    show_list,
)
from liveledger_cli.common.option_groups import grouped


@grouped
def list_stock(
    here: LedgerContext,
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand", min=1)],
    sku: Annotated[str | None, typer.Argument(help="The brand's code of a SKU [all]")] = None,
    *,
    how: Listing,
) -> None:
    """List what there is of a brand's goods, a line a SKU, lot and location; exit 3 when it is not known.

    `stock show` checks one SKU at one location against this home's trust anchor.
    """
    path = f"/brands/{brand}/stock" if sku is None else f"/skus/{brand}/{segment(sku)}/stock"
    show_list(here, path, STOCK, how)
