"""``liveledger item``: the history of one item or lot."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from liveledger.cli.asking import MAX_AGE_SECONDS, How, MaxAgeOption, ProofOption, UnverifiedOption, as_asked, ask, tell
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, field, find_home
from liveledger.cli.moments import utc_text
from liveledger.domain.errors import NotFound

# As much of a field as a line has room for; all of it is in the JSON.
_MAX_FIELD = 200

item_commands = typer.Typer(help="The history of an item or lot.", no_args_is_help=True)


@item_commands.callback()
def item() -> None:
    """The history of an item or lot."""


@item_commands.command()
def trace(
    epc: Annotated[str, typer.Argument(help="URI of the item or lot, as events write it")],
    first: Annotated[int | None, typer.Option(help="Number of the first event; without a page: all", min=0)] = None,
    limit: Annotated[int | None, typer.Option(help="Most events, 100 beside --first", min=1, max=10_000)] = None,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List every event that names an item, or a page of them, in the order of the ledger.

    They are checked against this home's trust anchor.

    Exit 3 when there is none.
    """
    where = find_home(home, ledger)
    page = {} if first is None and limit is None else {"first": str(first or 0), "limit": str(limit or 100)}
    question = {"view": "item-events/1", "parameters": {"item": epc, **page}}
    how = How(proof, unverified, max_age)
    found = ask(where, f"/items/{quote(epc, safe='')}/events", question, how, **page)
    with as_asked():
        lines = [line(entry) for entry in found.answer["events"]]
        count = str(found.answer["count"])
    none = "no event names this item" if count == "0" else f"there are {count} events, none from number {first} on"
    Output(as_json).result(found.as_dict(), lines or none)
    tell(found, quiet=quiet)
    if count == "0":
        raise typer.Exit(NotFound.exit_code)


def line(entry: dict[str, Any]) -> str:
    """An entry of ``item-events/1`` on a line. Its contents are the poster's: of any shape, escaped field by field.

    What a poster anchored here although it does not name the item is no event of the item and is not told like one.
    """
    event, poster = entry["event"], field(entry["poster"])
    if event is None:
        what = f"(the document is not here; hash {field(entry['event_hash'])})"
    elif not entry["names_item"]:
        what = f"DOES NOT NAME THIS ITEM: its poster alone put it here; hash {field(entry['event_hash'])}"
    else:
        step = event.get("bizStep", event.get("type"))
        told = event.get("eventTime"), event.get("action"), step, _place(event.get("readPoint"))
        what = "  ".join(map(_short, told))
    declared = f"  declares the error of {field(entry['corrects'])}" if entry["corrects"] else ""
    return f"block {entry['block']:>8}  {utc_text(entry['time'])}  by {poster}  {what}{declared}"


def _place(read_point: Any) -> Any:
    """The id of a place, or what stands there instead."""
    return read_point.get("id") if isinstance(read_point, dict) else read_point


def _short(value: Any) -> str:
    shown = field(value).replace(" ", "\\u0020")  # none of these has one: a long field that wraps begins no line
    return shown if len(shown) <= _MAX_FIELD else f"{shown[:_MAX_FIELD]}…"
