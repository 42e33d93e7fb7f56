"""All SQL on stored snapshots."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from liveledger_api.database import ReadSession, WriteSession
from liveledger_api.store.schema import StoredSnapshot


@dataclass(frozen=True, slots=True)
class Period:
    """Facts from ``since`` to ``until`` (Unix seconds, inclusive), ``limit`` of them behind ``after`` (at, number)."""

    since: int
    until: int
    after: tuple[int, int]
    limit: int


def documents(session: Session, organisation: int, ids: Collection[str]) -> dict[str, str]:
    """Canonical JSON of the messages that an organisation sent under these ids."""
    chosen = select(StoredSnapshot.message_id, StoredSnapshot.document).where(
        StoredSnapshot.organisation == organisation, StoredSnapshot.message_id.in_(ids)
    )
    return {row.message_id: row.document for row in session.execute(chosen)}


def of_place(
    session: ReadSession, place_gln: str, period: Period, sku_code: str | None, organisation: int | None = None
) -> Sequence[StoredSnapshot]:
    """Snapshots of a place that an organisation sent, or of its goods (None: all), in the order of their times."""
    return session.scalars(select_of_place(place_gln, period, sku_code, organisation)).all()


def select_of_place(
    place_gln: str, period: Period, sku_code: str | None, organisation: int | None = None
) -> Select[StoredSnapshot]:
    """The question of `of_place`: a walk along the index ``snapshots_by_gln`` from the first row that is wanted."""
    row = tuple_(StoredSnapshot.at, StoredSnapshot.number)
    query = select(StoredSnapshot).where(
        StoredSnapshot.place_gln == place_gln,
        StoredSnapshot.at.between(period.since, period.until),
        row > tuple_(*period.after),
    )
    if sku_code is not None:
        query = query.where(StoredSnapshot.sku_code == sku_code)
    if organisation is not None:
        query = query.where((StoredSnapshot.organisation == organisation) | (StoredSnapshot.brand == organisation))
    return query.order_by(StoredSnapshot.at, StoredSnapshot.number).limit(period.limit)


@dataclass(frozen=True, slots=True)
class Posted:
    """One message as it was sent (canonical JSON): whose, of what (the ledger's numbers), and its fact's time."""

    organisation: int
    sku: int
    lot: int
    channel: str
    at: int
    document: str


def newest_of(session: ReadSession, place_gln: str, window: int, most: int) -> list[Posted]:
    """The newest message of each organisation, SKU, lot and channel, in the order of their facts' times.

    Only facts that are at most ``window`` seconds older than the place's newest count, and of these no more than the
    newest ``most`` + 1 messages: a caller who gets more than ``most`` has to refuse them.
    """
    s = StoredSnapshot
    newest = session.scalar(select(s.at).where(s.place_gln == place_gln).order_by(s.at.desc()).limit(1))
    if newest is None:
        return []
    query = (
        select(s.organisation, s.sku, s.lot, s.channel, s.at, s.document)
        .where(s.place_gln == place_gln, s.at.between(newest - window, newest))
        .order_by(s.at.desc(), s.number.desc())
    )
    found: dict[tuple[object, ...], Posted] = {}
    for row in session.execute(query):
        one = Posted(*row)
        found.setdefault((one.organisation, one.sku, one.lot, one.channel), one)
        if len(found) > most:
            break
    return list(reversed(found.values()))


def add(session: WriteSession, snapshots: Iterable[StoredSnapshot]) -> None:
    """Adds new snapshots."""
    session.add_all(snapshots)
