"""``liveledger stock``: what is where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from liveledger.cli.api_client import ask, tell
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home
from liveledger.domain import gs1
from liveledger.domain.errors import NotFound
from liveledger.proofs.views.stock import MAX_LOTS

ProofOption = Annotated[
    Path | None, typer.Option("--proof", help="Write the proof bundle to this file", dir_okay=False)
]
NoProofOption = Annotated[bool, typer.Option("--no-proof", help="Ask for the bare answer and check nothing")]

_NAMES = ("sku", "lot", "place")
_LANES = ("available", "reserved", "in_transit", "held")

stock_commands = typer.Typer(help="Stock of a SKU at a place.", no_args_is_help=True)


@stock_commands.callback()
def stock() -> None:
    """Stock of a SKU at a place."""


@stock_commands.command()
def show(
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand")],
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    place: Annotated[str, typer.Argument(help="GLN of the place (13 digits)")],
    lot: Annotated[str | None, typer.Option("--lot", help='One lot by its code; "" = goods without one')] = None,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    proof: ProofOption = None,
    no_proof: NoProofOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what a place holds of a SKU, in its base unit, by lot; checked against this home's trust anchor.

    Exit 3 when the ledger does not know the SKU, the lot or the place.
    """
    gs1.gln(place)
    where = find_home(home, ledger)
    parameters = {"brand": str(brand), "sku": sku, "place": place}
    path = f"/stock/{brand}/{quote(sku, safe='')}/{place}"
    if lot is None:
        question = {"view": "stock-lots/2", "parameters": {**parameters, "first": "0", "limit": str(MAX_LOTS)}}
    else:
        question = {"view": "stock/2", "parameters": {**parameters, "lot": lot}}
        path += f"?lot={quote(lot, safe='')}"
    found = ask(where, path, question, proof, proof=not no_proof)
    unknown = [f"{what} is not known to the ledger" for what in _NAMES if not found.answer.get(f"known_{what}", True)]
    Output(as_json).result(found.as_dict(), "\n".join(unknown or _lines(found.answer)))
    tell(found, where, quiet=quiet)
    if unknown:
        raise typer.Exit(NotFound.exit_code)


def _lines(answer: dict[str, Any]) -> list[str]:
    """The lanes; by lot too where there are lots with goods."""
    lines = [f"{lane:<10} {answer[lane]:>12}" for lane in _LANES]
    by_lot = [entry for entry in answer.get("by_lot", ()) if len(answer["by_lot"]) > 1 or entry["lot"] != "0"]
    for entry in by_lot:
        name = f"lot {entry['lot']}" if entry["lot"] != "0" else "no lot"
        lines.append(f"{name:<10} " + ", ".join(f"{entry[lane]} {lane.replace('_', ' ')}" for lane in _LANES))
    rest = int(answer.get("count", 1)) - MAX_LOTS
    return [*lines, f"{rest} more lots: ask with --lot"] if rest > 0 else lines
