"""``liveledger item``: the history of one item or lot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from liveledger.bindings.constants import MAX_ORGANISATION
from liveledger.domain.errors import NotFound
from liveledger_cli.common.context import (
    field,
    messages,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.timestamps import utc_text
from liveledger_cli.common.verified_queries import (
    MAX_AGE_SECONDS,
    How,
    MaxAgeOption,
    ProofOption,
    UnverifiedOption,
    as_asked,
    tell,
)
from liveledger_cli.item.history import History, Which, ask_history, meant

# As much of a field as a line has room for; all of it is in the JSON.
_MAX_FIELD = 200
_MAX_SHOWN = 8
_STANDINGS = {"brand": "the brand", "approved": "approved by the brand", "authority": "inspector or customs"}

item_commands = Commands(help="The history of an item or lot.", no_args_is_help=True)


@item_commands.callback()
def item() -> None:
    """The history of an item or lot."""


@item_commands.command()
def trace(
    here: LedgerContext,
    epc: Annotated[str, typer.Argument(help="URI of the item or lot: an EPC URI, a GS1 Digital Link, or your own")],
    first: Annotated[int | None, typer.Option(help="Number of the first event; without a page: all", min=0)] = None,
    limit: Annotated[int | None, typer.Option(help="Most events, 100 beside --first", min=1, max=10_000)] = None,
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
    organisation: Annotated[
        int | None, typer.Option("--of", help="List of this organisation alone", min=1, max=MAX_ORGANISATION)
    ] = None,
    others: Annotated[bool, typer.Option("--others", help="Ask for the lists of others, too")] = False,
    as_written: Annotated[
        bool, typer.Option("--as-written", help="Ask for exactly this URI, not for the one form of its item")
    ] = False,
) -> None:
    """List every event that those with standing captured of an item, or a page of them, in the order of the ledger.

    Standing have the brand that claims the item's GTIN, who it approved, inspectors and customs. What others captured
    is counted; of an item that no brand claims it is listed. Each answer is checked against this home's trust anchor.
    Exit 3 when there is no event.
    """
    where = here.home
    page = {} if first is None and limit is None else {"first": str(first or 0), "limit": str(limit or 100)}
    which = Which(organisation, others, as_written)
    found = ask_history(where, epc, How(proof, unverified, max_age), page, which)
    with as_asked():
        events, told = found.events, found.as_dict()
        lines = [
            f"{place:>4}  {line(entry, about)}"
            for place, (entry, about) in enumerate(zip(events, meant(events), strict=True), 1)
        ]
    here.output.result(told, lines or _none(found))
    with as_asked():
        nothing = not found.count and not found.by_others
        if not here.quiet:
            _tell_lists(found)
    if nothing:
        raise typer.Exit(NotFound.exit_code)


def _none(found: History) -> str:
    if found.count:
        return f"there are {found.count} events, none from number {found.page['first']} on"
    if found.asked.organisation is not None:
        return f"organisation {found.asked.organisation} listed no event of this item"
    return "no event by anybody with standing towards this item" if found.by_others else "no event names this item"


def _tell_lists(found: History) -> None:
    """Says on stderr whose lists were asked for and what was checked of each, and what others listed."""
    messages.print(f"asked for {field(found.item)}", markup=False)
    tell(found.asked.checked, quiet=False)
    for other in found.others:
        messages.print(f"listed by organisation {other.organisation}", markup=False)
        tell(other.checked, quiet=False)
    claims = found.answer["claimed_by"]
    if claims and len(claims) > 1:
        named = ", ".join(map(field, claims))
        messages.print(
            f"its GTIN is claimed by the brands {named}; the list is that of {field(claims[0])}", markup=False
        )
    if found.by_others:
        total, shown = sum(found.by_others.values()), list(found.by_others.items())[:_MAX_SHOWN]
        named = ", ".join(f"organisation {number}: {count}" for number, count in shown)
        more = ", …" if len(found.by_others) > _MAX_SHOWN else ""
        messages.print(
            f"and {total} events by {len(found.by_others)} others ({named}{more}); --of NUMBER lists them", markup=False
        )


def line(entry: dict[str, Any], about: Sequence[int] = ()) -> str:
    """An entry of ``item-events/2`` on a line, with its ``names_item``.

    Its contents are the poster's: of any shape, escaped field by field.
    ``about``: the numbers of the lines whose error it declares.
    What a poster anchored here although it does not name the item is no event of the item and is not told like one.
    """
    event, poster = entry["event"], field(entry["poster"])
    if event is None:
        what = f"(the document is not here; hash {field(entry['event_hash'])})"
    elif entry["names_item"] is False:
        what = f"DOES NOT NAME THIS ITEM: its poster alone put it here; hash {field(entry['event_hash'])}"
    else:
        step = event.get("bizStep", event.get("type"))
        told = event.get("eventTime"), event.get("action"), step, _place(event.get("readPoint"))
        what = "  ".join(map(_short, told))
    who = f"{poster} of organisation {entry['by']} ({_STANDINGS.get(entry['standing'], 'no standing')})"
    head = f"block {entry['block']:>8}  {utc_text(entry['time'])}  by {who}"
    return f"{head}  {what}{_withheld(entry)}{_declared(entry, about)}"


def _withheld(entry: dict[str, Any]) -> str:
    if not entry["withheld"]:
        return ""
    unsure = "" if entry["names_item"] else ", which items it names among them"
    return f"  ({len(entry['withheld'])} fields withheld{unsure})"


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
