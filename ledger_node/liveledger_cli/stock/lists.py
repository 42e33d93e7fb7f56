"""``liveledger stock movements`` and ``batches``: lists of which it is proven that nothing was left out."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from liveledger.domain.errors import NotFound
from liveledger_cli.common.api_client import segment
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.option_groups import grouped, option_group
from liveledger_cli.common.timestamps import utc_text
from liveledger_cli.common.verified_queries import (
    MAX_AGE_SECONDS,
    Checked,
    How,
    MaxAgeOption,
    ProofOption,
    UnverifiedOption,
    as_asked,
    ask_page,
    tell,
)

FirstOption = Annotated[int | None, typer.Option("--first", min=0, help="Number of the first one [the newest ones]")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Most entries")]


@option_group
class PageAsked:
    """Which page of a list, of which ledger, with which proof, and how it is printed."""

    first: FirstOption = None
    limit: LimitOption = 100
    proof: ProofOption = None
    unverified: UnverifiedOption = False
    max_age: MaxAgeOption = MAX_AGE_SECONDS

    def ask(self, here: LedgerContext, path: str, view: str, named: dict[str, str]) -> Checked:
        """The page of the list at ``path``, verified as `ask_page` does it."""
        how = How(self.proof, self.unverified, self.max_age)
        return ask_page(here.home, path, view, named, (self.first, self.limit), how)


@grouped
def movements(
    here: LedgerContext,
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand")],
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    *,
    page: PageAsked,
) -> None:
    """List movements of a SKU in the order of the ledger; verified complete against the trust anchor.

    Exit 3 when the ledger does not know the SKU.
    """
    named = {"brand": str(brand), "sku": sku}
    path = f"/stock/{brand}/{segment(sku)}/movements"
    found = page.ask(here, path, "sku-movements/3", named)
    with as_asked():
        lines = [_movement(entry) for entry in found.answer["movements"]]
        known = found.answer["known_sku"]
    none = "no movements" if known else "the ledger does not know this SKU"
    here.output.result(found.as_dict(), lines or none)
    tell(found, quiet=here.quiet)
    if not known:
        raise typer.Exit(NotFound.exit_code)


@grouped
def batches(
    here: LedgerContext,
    poster: Annotated[str, typer.Argument(help="Address of the account that posted (0x and 40 hex digits)")],
    lane: Annotated[int, typer.Argument(help="Its lane", min=0)],
    *,
    page: PageAsked,
) -> None:
    """List batches that an account posted on a lane; verified complete against the trust anchor.

    Exit 3 when it posted nothing there.
    """
    named = {"poster": poster.lower(), "lane": str(lane)}
    path = f"/batches/{segment(poster.lower())}/{lane}"
    found = page.ask(here, path, "poster-batches/1", named)
    with as_asked():
        lines = [_batch(entry) for entry in found.answer["batches"]]
    here.output.result(found.as_dict(), lines or "no batches")
    tell(found, quiet=here.quiet)
    if found.answer["count"] == "0":
        raise typer.Exit(NotFound.exit_code)


def _movement(entry: dict[str, Any]) -> str:
    lot = f"  lot {entry['lot']}" if entry["lot"] != "0" else ""
    ends = f"{_place(entry['from'])} -> {_place(entry['to'])}"
    return (
        f"{entry['index']:>8}  block {entry['block']:>8}  {utc_text(entry['at'])}  {entry['kind']:<9} "
        f"{entry['quantity']:>9}  {ends}{lot}"
    )


def _batch(entry: dict[str, Any]) -> str:
    return (
        f"{entry['sequence']:>8}  block {entry['block']:>8}  {utc_text(entry['time'])}  "
        f"{entry['movements']:>6} movements  {entry['movements_root']}"
    )


def _place(number: str) -> str:
    return "outside" if number == "0" else f"place {number}"
