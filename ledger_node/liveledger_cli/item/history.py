"""An item's history as it is asked and told: by those with standing, and by others, each list proven by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from liveledger.domain.event_items import NAMING, named_by
from liveledger.domain.home import LedgerHome
from liveledger.domain.items import ItemRefused, canonical, form_of
from liveledger_cli.common.api_client import segment
from liveledger_cli.common.verified_queries import Checked, How, as_asked, ask

# Lists of others that are asked for, one question each.
MAX_OTHERS = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """One list that was asked for: of the organisation, or (None) of those with standing."""

    organisation: int | None
    checked: Checked


@dataclass(frozen=True, slots=True)
class History:
    """What was found: the list that was asked for, and those of others that were asked for besides.

    ``item`` is its one form. ``page``: ``first`` and ``limit`` where a page of each list was wanted. ``left_out``: how
    many lists of others were not asked for, over MAX_OTHERS.
    """

    item: str
    asked: Asked
    others: tuple[Asked, ...] = ()
    page: dict[str, str] = field(default_factory=dict)
    left_out: int = 0

    @property
    def answer(self) -> dict[str, Any]:
        """What was proven of the list that was asked for."""
        return self.asked.checked.answer

    @property
    def events(self) -> list[dict[str, Any]]:
        """The entries of all lists, oldest first; within a block each list keeps its order.

        Each has ``names_item`` besides: whether its document names the item, None where that is not shown.
        """
        lists = [self.answer["events"], *(other.checked.answer["events"] for other in self.others)]
        return [{**entry, "names_item": names(entry, self.item)} for entry in _merged(lists)]

    @property
    def count(self) -> int:
        """How many events there are in the lists that were asked for, on all pages."""
        return int(self.answer["count"]) + sum(int(other.checked.answer["count"]) for other in self.others)

    @property
    def by_others(self) -> dict[int, int]:
        """How many events each organisation listed whose list was not asked for."""
        told = {int(other["organisation"]): int(other["count"]) for other in self.answer["others"] or ()}
        shown = {other.organisation for other in self.others}
        return {number: count for number, count in told.items() if count and number not in shown}

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``: the answer that was asked for as it was proven, and all events in one list."""
        others = [{"organisation": other.organisation, **other.checked.as_dict()} for other in self.others]
        told = {"item": self.item, "events": self.events, "lists_of_others": others, "left_out": self.left_out}
        return {**self.asked.checked.as_dict(), **told}


@dataclass(frozen=True, slots=True)
class Which:
    """What is wanted of an item: one organisation's list alone, the lists of others too, its URI as it was written."""

    organisation: int | None = None
    others: bool = False
    as_written: bool = False


def ask_history(home: LedgerHome, item: str, how: How, page: dict[str, str], which: Which) -> History:
    """Asks for the events of an item, and for the lists of others where they are wanted or no brand claims it.

    ``how.proof_file`` gets the first bundle, and files with -2, -3 … in their names those of the lists of others.
    Raises ItemRefused; else as `ask`.
    """
    form = item if which.as_written else _one_form(item)
    asked = Asked(which.organisation, _ask(home, form, how, page, which.organisation))
    with as_asked():
        answer = asked.checked.answer
        wanted = [int(other["organisation"]) for other in answer["others"] or () if other["count"] != "0"]
        if not which.others and answer["organisation"] is not None:
            wanted = []
    others = tuple(
        Asked(number, _ask(home, form, replace(how, proof_file=_file(how.proof_file, place)), page, number))
        for place, number in enumerate(wanted[:MAX_OTHERS], 2)
    )
    return History(form, asked, others, page, len(wanted[MAX_OTHERS:]))


def names(entry: dict[str, Any], item: str) -> bool | None:
    """Whether an entry's document names ``item`` in any spelling; None where it is not here or the fields withheld."""
    event = entry["event"]
    if event is None:
        return None
    named = [name for name in named_by(event) if isinstance(name, str)]
    if any(name == item or form_of(name) == item for name in named):
        return True
    return None if _hides(entry["withheld"]) else False


def _hides(withheld: Iterable[str]) -> bool:
    members = {pointer.split("/")[1] for pointer in withheld}
    return not members.isdisjoint((*NAMING, "eventID"))


def meant(events: list[dict[str, Any]]) -> list[list[int]]:
    """For each entry the numbers (from 1) of the entries whose error it declares; empty for one that declares none.

    What the anchor names counts. A declaration that came before its event names none there: its document, which the
    anchor covers, has the same eventID, and the event must be of the same poster. Of several entries with the hash that
    is named, those of the same poster are meant: anybody may anchor a copy.
    """
    return [_meant(entry, events) for entry in events]


def _merged(lists: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One list out of several that are ordered, in the order of each of them; what they share stands once."""
    left = [{(entry["event_hash"], entry["poster"]): entry for entry in entries} for entries in lists]
    merged = []
    while any(left):
        heads = {next(iter(entries)): next(iter(entries.values())) for entries in left if entries}
        # One that is next wherever it stands; nobody proved an answer in which there is none.
        free = [key for key in heads if all(key not in entries or next(iter(entries)) == key for entries in left)]
        chosen = min(free or heads, key=lambda key: int(heads[key]["block"]))
        merged.append(heads[chosen])
        for entries in left:
            entries.pop(chosen, None)
    return merged


def _meant(entry: dict[str, Any], events: list[dict[str, Any]]) -> list[int]:
    if entry["corrects"]:
        same = [place for place, other in enumerate(events, 1) if other["event_hash"] == entry["corrects"]]
        own = [place for place in same if events[place - 1]["poster"] == entry["poster"]]
        return own or same
    if not _declares(entry):
        return []
    return [
        place
        for place, other in enumerate(events, 1)
        if other["poster"] == entry["poster"]
        and other["names_item"]
        and not _declares(other)
        and "eventID" in entry["event"]
        and other["event"].get("eventID") == entry["event"]["eventID"]
    ]


def _declares(entry: dict[str, Any]) -> bool:
    return bool(entry["names_item"]) and "errorDeclaration" in entry["event"]


def _one_form(item: str) -> str:
    try:
        return canonical(item)
    except ItemRefused as refused:
        hint = refused.hint or "--as-written asks for exactly this spelling"
        raise ItemRefused(refused.message, hint=hint, code=refused.stable_code) from None


def _ask(home: LedgerHome, item: str, how: How, page: dict[str, str], organisation: int | None) -> Checked:
    one = {} if organisation is None else {"organisation": str(organisation)}
    question = {"view": "item-events/2", "parameters": {"item": item, **one, **page}}
    return ask(home, f"/items/{segment(item)}/events", question, how, as_written="true", **one, **page)


def _file(first: Path | None, place: int) -> Path | None:
    return first.with_stem(f"{first.stem}-{place}") if first else None
