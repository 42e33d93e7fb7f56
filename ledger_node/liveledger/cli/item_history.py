"""An item's history under every spelling of its URI, each spelling asked and proven by itself, told as one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from liveledger.cli.api_client import ApiClient, segment
from liveledger.cli.asking import Checked, How, ask
from liveledger.domain.errors import Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.domain.items import MAX_URI, ItemRefused, canonical, form_of, spellings

# More than a server lists.
_MAX_SPELLINGS = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """What the ledger holds under one spelling."""

    spelling: str
    checked: Checked

    @property
    def events(self) -> list[dict[str, Any]]:
        """The entries of this spelling, those of the page where one was asked for."""
        return list(self.checked.answer["events"])

    @property
    def count(self) -> int:
        """How many entries there are, on all pages."""
        return int(self.checked.answer["count"])


@dataclass(frozen=True, slots=True)
class History:
    """All that was found under the spellings that were asked, the one that the user wrote first.

    ``left_out``: how many more the server knows. ``as_written``: no other spelling was wanted. ``page``: ``first`` and
    ``limit`` where a page of each spelling was wanted.
    """

    item: str
    asked: tuple[Asked, ...]
    left_out: int
    as_written: bool
    page: dict[str, str] = field(default_factory=dict)

    @property
    def named(self) -> tuple[Asked, ...]:
        """The spellings under which there are events; the first one that was asked where there are none."""
        return tuple(entry for entry in self.asked if entry.count) or self.asked[:1]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The entries of all spellings, oldest first; an event that names the item in two ways stands once.

        Within a block each spelling keeps its order; between two that share no event of it the block tells none.
        """
        return _merged([asked.events for asked in sorted(self.asked, key=lambda asked: asked.spelling)])

    @property
    def count(self) -> int:
        """How many events there are; on pages one that names the item in two ways counts twice."""
        return sum(asked.count for asked in self.asked) if self.page else len(self.events)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``; ``block`` and ``verdict`` are those of the spelling with the lowest block."""
        oldest = min(self.named, key=lambda asked: int(asked.checked.block["height"])).checked
        told = [
            {
                "spelling": asked.spelling,
                "count": asked.checked.answer["count"],
                "block": asked.checked.block,
                "verdict": asked.checked.verdict.as_json() if asked.checked.verdict else None,
            }
            for asked in self.asked
        ]
        answer = {"count": str(self.count), "events": self.events}
        return {**oldest.as_dict(), "item": self.item, "asked_as": told, "answer": answer, "left_out": self.left_out}


def ask_history(home: LedgerHome, item: str, how: How, page: dict[str, str], *, as_written: bool) -> History:
    """Asks for every spelling of ``item`` that can be listed or that the server knows, or for this one alone.

    Where answers are checked every spelling is, and nothing of what the server says about them is believed; otherwise
    those are asked under which it says that there are events. ``how.proof_file`` gets the first bundle, and files with
    -2, -3 … in their names those of the other spellings with events. Raises ItemRefused; else as `ask`.
    """
    if as_written:
        return History(item, (Asked(item, _ask(home, item, how, page)),), 0, as_written=True, page=page)
    form, listed = _listed(item)
    served, left_out = _served(home, item, form)
    checks = how.proof_file is not None or not how.unverified
    wanted = [name for name in dict.fromkeys([*listed, *served]) if checks or served.get(name) or name == item]
    files = _files(how.proof_file, [name for name in wanted if served.get(name)] or [item])
    asked = tuple(Asked(name, _ask(home, name, replace(how, proof_file=files.get(name)), page)) for name in wanted)
    return History(form, asked, left_out, as_written=False, page=page)


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


def _listed(item: str) -> tuple[str, tuple[str, ...]]:
    """The item's one form and the spellings that can be listed."""
    try:
        return canonical(item), spellings(item)
    except ItemRefused as refused:
        hint = refused.hint or "--as-written asks for exactly this spelling"
        raise ItemRefused(refused.message, hint=hint, code=refused.stable_code) from None


def _served(home: LedgerHome, item: str, form: str) -> tuple[dict[str, bool], int]:
    """Spellings that the server names, those of this very item, and whether it says that there are events."""
    found = ApiClient(home).get(f"/items/{segment(item)}/spellings")
    entries, left_out = found.get("spellings"), found.get("left_out")
    if not isinstance(entries, list) or len(entries) > _MAX_SPELLINGS or not isinstance(left_out, str):
        raise Unavailable("the API does not say under what the item may stand", hint="is it of another version?")
    named = {
        entry["asked_as"]: entry.get("count") != "0"
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("asked_as"), str) and len(entry["asked_as"]) <= MAX_URI
    }
    number = int(left_out) if left_out.isdecimal() and len(left_out) < 10 else 0
    return {name: some for name, some in named.items() if form_of(name) == form}, number


def _ask(home: LedgerHome, spelling: str, how: How, page: dict[str, str]) -> Checked:
    question = {"view": "item-events/1", "parameters": {"item": spelling, **page}}
    path = f"/items/{segment(spelling)}/events"
    return ask(home, path, question, how, as_written="true", **page)


def _files(first: Path | None, names: list[str]) -> dict[str, Path]:
    if first is None:
        return {}
    return {
        name: first if number == 1 else first.with_stem(f"{first.stem}-{number}")
        for number, name in enumerate(names, 1)
    }
