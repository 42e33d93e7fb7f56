"""``liveledger item``: the history of one item or lot."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from liveledger.cli.asking import NoProofOption, ProofOption, ask, tell
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home
from liveledger.cli.moments import utc_text
from liveledger.domain.errors import NotFound

item_commands = typer.Typer(help="The history of an item or lot.", no_args_is_help=True)


@item_commands.callback()
def item() -> None:
    """The history of an item or lot."""


@item_commands.command()
def trace(
    epc: Annotated[str, typer.Argument(help="URI of the item or lot, as events write it")],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    proof: ProofOption = None,
    no_proof: NoProofOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List every event that names an item, in the order of the ledger; checked against this home's trust anchor.

    Exit 3 when there is none.
    """
    where = find_home(home, ledger)
    question = {"view": "item-events/1", "parameters": {"item": epc}}
    found = ask(where, f"/items/{quote(epc, safe='')}/events", question, proof, proof=not no_proof)
    lines = [_line(entry) for entry in found.answer["events"]]
    Output(as_json).result(found.as_dict(), "\n".join(lines) or "no event names this item")
    tell(found, where, quiet=quiet)
    if not lines:
        raise typer.Exit(NotFound.exit_code)


def _line(entry: dict[str, Any]) -> str:
    moment = utc_text(entry["time"])
    event = entry["event"]
    if event is None:
        what = f"(the document is not here; hash {entry['event_hash']})"
    else:
        step, place = event.get("bizStep", event["type"]), event.get("readPoint", {}).get("id", "")
        what = f"{event['eventTime']}  {event.get('action', ''):<8} {step}  {place}"
    declared = f"  declares the error of {entry['corrects']}" if entry["corrects"] else ""
    return f"block {entry['block']:>8}  {moment}  {what}{declared}"
