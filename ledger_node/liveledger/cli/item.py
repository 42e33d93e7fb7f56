"""``liveledger item``: the history of one item or lot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from liveledger.cli.asking import MAX_AGE_SECONDS, How, MaxAgeOption, ProofOption, UnverifiedOption, as_asked, tell
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, field, find_home, messages
from liveledger.cli.item_history import History, ask_history, meant
from liveledger.cli.moments import utc_text
from liveledger.domain.errors import NotFound
from liveledger.domain.items import is_gs1

# As much of a field as a line has room for; all of it is in the JSON.
_MAX_FIELD = 200

item_commands = typer.Typer(help="The history of an item or lot.", no_args_is_help=True)


@item_commands.callback()
def item() -> None:
    """The history of an item or lot."""


@item_commands.command()
def trace(
    epc: Annotated[str, typer.Argument(help="URI of the item or lot: an EPC URI, a GS1 Digital Link, or your own")],
    first: Annotated[int | None, typer.Option(help="Number of the first event; without a page: all", min=0)] = None,
    limit: Annotated[int | None, typer.Option(help="Most events, 100 beside --first", min=1, max=10_000)] = None,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
    as_written: Annotated[
        bool, typer.Option("--as-written", help="Ask for exactly this spelling of the URI and no other")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """List every event that names an item, or a page of them, in the order of the ledger.

    Every spelling of the URI that can be listed is asked for, and each answer is checked against this home's trust
    anchor; a page is one of each spelling. Exit 3 when there is no event.
    """
    where = find_home(home, ledger)
    page = {} if first is None and limit is None else {"first": str(first or 0), "limit": str(limit or 100)}
    found = ask_history(where, epc, How(proof, unverified, max_age), page, as_written=as_written)
    with as_asked():
        events, told = found.events, found.as_dict()
        lines = [
            f"{place:>4}  {line(entry, about)}"
            for place, (entry, about) in enumerate(zip(events, meant(events), strict=True), 1)
        ]
    Output(as_json).result(told, lines or _none(found))
    if not quiet:
        _tell_spellings(found)
    if not found.count:
        raise typer.Exit(NotFound.exit_code)


def _none(found: History) -> str:
    if found.count:
        return f"there are {found.count} events, none from number {found.page['first']} on"
    count = len(found.asked)
    return "no event names this item" + (f" under any of the {count} spellings that were asked" if count > 1 else "")


def _tell_spellings(found: History) -> None:
    """Says on stderr under which spellings was asked, and what was checked of each."""
    for asked in found.named:
        messages.print(f"asked as {field(asked.spelling)}", markup=False)
        tell(asked.checked, quiet=False)
    empty = [asked for asked in found.asked if asked not in found.named]
    if empty:
        proven = "proven for each of them" if all(asked.checked.verdict for asked in empty) else "not verified"
        named = ", ".join(field(asked.spelling) for asked in empty)
        messages.print(f"nothing under {len(empty)} other spellings, {proven}: {named}", markup=False)
    if found.left_out:
        messages.print(f"{found.left_out} more spellings are known to the API and were not asked", markup=False)
    if not found.as_written and not found.count and is_gs1(found.item):
        sentence = "events that write it with another host or other escapes are found by asking for just that"
        messages.print(sentence, markup=False)


def line(entry: dict[str, Any], about: Sequence[int] = ()) -> str:
    """An entry of ``item-events/1`` on a line. Its contents are the poster's: of any shape, escaped field by field.

    ``about``: the numbers of the lines whose error it declares.
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
    return f"block {entry['block']:>8}  {utc_text(entry['time'])}  by {poster}  {what}{_declared(entry, about)}"


def _declared(entry: dict[str, Any], about: Sequence[int]) -> str:
    if about:
        lines = " and ".join(map(str, about))
        return f"  declares the error of line{'s' if len(about) > 1 else ''} {lines}"
    if entry["corrects"]:
        return f"  declares the error of {field(entry['corrects'])}"
    if entry["names_item"] and "errorDeclaration" in entry["event"]:
        return f"  declares the error of an event that is not here: {_short(entry['event'].get('eventID'))}"
    return ""


def _place(read_point: Any) -> Any:
    """The id of a place, or what stands there instead."""
    return read_point.get("id") if isinstance(read_point, dict) else read_point


def _short(value: Any) -> str:
    shown = field(value).replace(" ", "\\u0020")  # none of these has one: a long field that wraps begins no line
    return shown if len(shown) <= _MAX_FIELD else f"{shown[:_MAX_FIELD]}…"
