"""Declarations of error: an event may come before or after the one that says that it was wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from liveledger.domain.items import form_of
from liveledger_api.store.schema import StoredEvent


def declares_error(event: dict[str, Any]) -> bool:
    """Whether an event says of the event with its own id that it was wrong (EPCIS 2.0, section 7.4.1.4)."""
    return "errorDeclaration" in event


def original_of(family: Sequence[StoredEvent]) -> StoredEvent | None:
    """Of the rows with one eventID, the event itself: the one that declares no error."""
    return next((row for row in family if not declares_error(json.loads(row.document))), None)


def linked(row: StoredEvent, family: Sequence[StoredEvent]) -> tuple[StoredEvent | None, list[StoredEvent]]:
    """The event whose error ``row`` declares, and the rows that declare the error of ``row``.

    ``family``: all rows with its eventID. A declaration that names other items than the event is of no event here.
    """
    original = original_of(family)
    if original is None:
        return None, []
    declarations = [other for other in family if other is not original and _same_items(other, original)]
    if any(other.event_hash == row.event_hash for other in declarations):
        return original, []
    return None, declarations if row.event_hash == original.event_hash else []


def forms(items: Iterable[str]) -> frozenset[str]:
    """The items that an event names, each in its one form."""
    return frozenset(map(form_of, items))


def _same_items(one: StoredEvent, other: StoredEvent) -> bool:
    return forms(json.loads(one.items)) == forms(json.loads(other.items))
