"""``liveledger stock``: what is where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from liveledger.cli.api_client import ask, tell
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home
from liveledger.domain import gs1
from liveledger.domain.errors import NotFound

ProofOption = Annotated[
    Path | None, typer.Option("--proof", help="Write the proof bundle to this file", dir_okay=False)
]
NoProofOption = Annotated[bool, typer.Option("--no-proof", help="Ask for the bare answer and check nothing")]

stock_commands = typer.Typer(help="Stock of a SKU at a place.", no_args_is_help=True)


@stock_commands.callback()
def stock() -> None:
    """Stock of a SKU at a place."""


@stock_commands.command()
def show(
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand")],
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    place: Annotated[str, typer.Argument(help="GLN of the place (13 digits)")],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    proof: ProofOption = None,
    no_proof: NoProofOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show what a place holds of a SKU, in its base unit; checked against this home's trust anchor.

    Exit 3 when the ledger does not know the SKU or the place.
    """
    gs1.gln(place)
    where = find_home(home, ledger)
    question = {"view": "stock/1", "parameters": {"brand": str(brand), "sku": sku, "place": place}}
    found = ask(where, f"/stock/{brand}/{quote(sku, safe='')}/{place}", question, proof, proof=not no_proof)
    unknown = [f"{what} is not known to the ledger" for what in ("sku", "place") if not found.answer[f"known_{what}"]]
    lanes = [f"{lane:<10} {found.answer[lane]:>12}" for lane in ("available", "reserved", "in_transit", "held")]
    Output(as_json).result(found.as_dict(), "\n".join(unknown or lanes))
    tell(found, where, quiet=quiet)
    if unknown:
        raise typer.Exit(NotFound.exit_code)
