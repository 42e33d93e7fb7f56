"""``liveledger sku list``: SKUs of a brand by code, or of all brands by GTIN."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger.domain.errors import InvalidInput
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.listing import Listing, show_list
from liveledger_cli.common.option_groups import grouped

NAMES = ("sku", "brand", "code", "gtin", "unit", "block")


@grouped
def list_skus(
    here: LedgerContext,
    brand: Annotated[int | None, typer.Argument(help="Organisation number of the brand", min=1)] = None,
    code: Annotated[str | None, typer.Option(help="What the SKU's code begins with")] = None,
    gtin: Annotated[str | None, typer.Option(help="SKUs of all brands that were registered with this GTIN")] = None,
    *,
    how: Listing,
) -> None:
    """List SKUs of a brand by their codes, or SKUs of all brands by their GTIN; exit 3 when there is no such brand."""
    if (brand is None) == (gtin is None) or (code is not None and brand is None):
        raise InvalidInput("name a brand, or a GTIN", hint="`sku list 1 --code TEA`, `sku list --gtin GTIN`")
    path = "/skus" if brand is None else f"/brands/{brand}/skus"
    show_list(here, path, NAMES, how, code=code, gtin=gtin)
