"""Snapshots that were handed in to this member's API, as a source: the newest of each SKU, lot and channel."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from liveledger.domain import gs1
from liveledger.domain.errors import NotFound
from liveledger.reconcile.comparing import MAX_SPREAD_SECONDS
from liveledger.reconcile.errors import SnapshotTooLarge
from liveledger.reconcile.rows import MAX_ROWS
from liveledger.reconcile.sources import Delivery, Source
from liveledger_api.database import Database
from liveledger_api.snapshots.queries import newest_of


def posted(store: Database, place: int, window: int = MAX_SPREAD_SECONDS) -> Source:
    """What the store has of a place (GLN), a delivery for each organisation that spoke of it, each content once.

    A delivery holds what is at most ``window`` seconds older than the newest fact of the place. Looking raises NotFound
    where nothing was ever handed in, SnapshotTooLarge over 500,000 messages.
    """
    done: dict[str, bytes] = {}

    def look() -> Iterator[Delivery]:
        for delivery in _deliveries(store, gs1.gln_text(place), window):
            digest = hashlib.sha256(delivery.content).digest()
            if done.get(delivery.name) != digest:
                yield delivery
                # Only what was worked off is left out: whoever gave up on the way gets it again.
                done[delivery.name] = digest

    return look


def _deliveries(store: Database, place: str, window: int) -> list[Delivery]:
    with store.reading() as session:
        found = newest_of(session, place, window, MAX_ROWS)
    if not found:
        raise NotFound(
            f"no snapshot of the place {place} was handed in",
            hint="`liveledger snapshot post`, POST /snapshots or the MQTT bridge do it",
            code="snapshot-none-posted",
        )
    if len(found) > MAX_ROWS:
        raise SnapshotTooLarge(f"over {MAX_ROWS} messages of the place {place}", hint="choose a shorter --window")
    documents: defaultdict[int, list[bytes]] = defaultdict(list)
    for one in found:
        documents[one.organisation].append(one.document.encode())
    return [Delivery(f"posted:{place}:{organisation}", b"\n".join(some)) for organisation, some in documents.items()]
