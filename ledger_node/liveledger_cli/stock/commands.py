"""``liveledger stock``: what is where."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from liveledger.domain import gs1
from liveledger.domain.errors import NotFound
from liveledger.domain.home import LedgerHome
from liveledger_cli.common.api_client import ApiClient, segment
from liveledger_cli.common.context import field
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.timestamps import unix_seconds, utc_text
from liveledger_cli.common.verified_queries import (
    MAX_AGE_SECONDS,
    How,
    MaxAgeOption,
    ProofOption,
    UnverifiedOption,
    as_asked,
    ask,
    tell,
)
from liveledger_cli.stock.cells import list_stock
from liveledger_cli.stock.cut import cut
from liveledger_cli.stock.lists import batches, movements
from liveledger_cli.stock.pages import LANES, all_lots, at_time, require_time

DAY_SECONDS = 86_400
_NAMES = ("sku", "lot", "place")

stock_commands = Commands(help="Stock of a SKU at a place, and what moved it.", no_args_is_help=True)


@stock_commands.callback()
def stock() -> None:
    """Stock of a SKU at a place, and what moved it."""


@stock_commands.command()
def show(
    here: LedgerContext,
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand")],
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    place: Annotated[str, typer.Argument(help="GLN of the place (13 digits)")],
    lot: Annotated[
        str | None, typer.Option("--lot", help='One lot by its code; "" = goods without one [all lots]')
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="As it was then: 2026-11-24T08:00:00+08:00, Unix seconds [now]")
    ] = None,
    transit_days: Annotated[
        int,
        typer.Option("--transit-days", min=0, max=3_650, help="Name what is in transit for so many days; 0 = never"),
    ] = 7,
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
) -> None:
    """Show what a place holds of a SKU, in its base unit, by lot; checked against this home's trust anchor.

    Over more lots than a bundle has room for it asks page by page at one block; `--proof` writes a file for each.
    What has been in transit for long is named by the API's index, without a proof: goods may have got lost.
    With `--at` it is checked that the block was the newest one at that time; only a node with an archive can answer.
    Exit 3 when the ledger does not know the SKU, the lot or the place.
    """
    gs1.gln(place)
    where, as_of = here.home, None if at is None else unix_seconds(at)
    path = f"/stock/{brand}/{segment(sku)}/{place}"
    if lot is None:
        whole = all_lots(where, brand, sku, place, How(proof, unverified, max_age), as_of)
        found, shown, last = whole.answer, whole.as_dict(), whole.pages[-1]
    else:
        parameters = {"brand": str(brand), "sku": sku, "place": place, "lot": lot}
        question, when = {"view": "stock/3", "parameters": parameters}, at_time(as_of)
        last = ask(where, path, question, How(proof, unverified, max_age), lot=lot, **when)
        require_time(last, as_of)
        found, shown = last.answer, last.as_dict()
    unknown = [f"{what} is not known to the ledger" for what in _NAMES if not found.get(f"known_{what}", True)]
    with as_asked():
        lines = unknown or _lines(found)
        late = [] if unknown or as_of is not None else _late(where, path, found, lot, transit_days)
    here.output.result(shown | {"in_transit_long": late}, [*lines, *map(_late_line, late)])
    tell(last, quiet=here.quiet)
    if unknown:
        raise typer.Exit(NotFound.exit_code)


stock_commands.command("list")(list_stock)
stock_commands.command("movements")(movements)
stock_commands.command("batches")(batches)
stock_commands.command("cut")(cut)


def _late(home: LedgerHome, path: str, answer: dict[str, Any], lot: str | None, days: int) -> list[dict[str, Any]]:
    """Lots of which something was in transit for that long, by the API's index."""
    if not days or answer["in_transit"] == "0":
        return []
    found = ApiClient(home).get(f"{path}/in-transit", longer_than=str(days * DAY_SECONDS))
    entries: list[dict[str, Any]] = found["answer"]["in_transit_long"]
    return [entry for entry in entries if lot is None or entry["code"] == lot]


def _late_line(entry: dict[str, Any]) -> str:
    name = f"lot {field(entry['code'] or entry['lot'])}" if entry["lot"] != "0" else "no lot"
    since = f"since {utc_text(entry['since'])}" if entry["since"] else "since longer than was looked"
    where = "got lost? see docs/corrections.md (by the API's index, no proof)"
    return f"for long   {entry['units']:>12} in transit of {name} {since}: {where}"


def _lines(answer: dict[str, Any]) -> list[str]:
    """The lanes; by lot too where there are lots with goods."""
    lines = [f"{lane:<10} {answer[lane]:>12}" for lane in LANES]
    by_lot = [entry for entry in answer.get("by_lot", ()) if len(answer["by_lot"]) > 1 or entry["lot"] != "0"]
    for entry in by_lot:
        name = f"lot {entry['lot']}" if entry["lot"] != "0" else "no lot"
        lines.append(f"{name:<10} " + ", ".join(f"{entry[lane]} {lane.replace('_', ' ')}" for lane in LANES))
    return lines
