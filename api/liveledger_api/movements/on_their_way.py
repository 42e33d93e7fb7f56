"""Movements that were acknowledged and are not carried out: what waits for a batch, and batches that are not final."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.records import OWNER_BYTES
from liveledger.domain.movements import Movement, decode


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """Movements of an account (20 bytes) on a lane: those of a batch, or with ``sequence`` None those in none."""

    account: bytes
    lane: int
    sequence: int | None
    movements: tuple[Movement, ...]


def on_their_way(account: bytes, lane: int, journal: Journal) -> Iterator[OnItsWay]:
    """All of a lane; what is parked takes nothing yet."""
    yield OnItsWay(account, lane, None, _decoded(map(bytes, journal.waiting().contents)))
    for batch in journal.open_batches():
        contents = (message.content for message in journal.messages_of(batch.entry))
        yield OnItsWay(account, lane, batch.sequence, _decoded(contents))


def _decoded(contents: Iterable[bytes]) -> tuple[Movement, ...]:
    return tuple(
        decode(int.from_bytes(content[:4]), int.from_bytes(content[4:OWNER_BYTES]), content[OWNER_BYTES:])
        for content in contents
    )
