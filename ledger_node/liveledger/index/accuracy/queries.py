"""Questions about comparisons of places with outside systems. Every function takes a session and reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from liveledger.index.accuracy import tables as t


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """One record: totals in base units, ratios in basis points, ``as_of`` and ``recount_by`` in Unix seconds.

    ``flag`` is the level that is flagged after it (0, 3 or 4), ``recount_by`` 0 when no recount is open; as many SKUs
    and units as ``finding_skus`` and ``finding_units`` lift what stands (0 when nothing does).
    """

    place: int
    sequence: int
    poster: bytes
    organisation: int
    audited: bool
    as_of: int
    at_block: int
    skus: int
    skus_matching: int
    ledger_units: int
    snapshot_units: int
    difference_units: int
    snapshot_root: bytes
    deviation_bps: int
    accuracy_bps: int
    level: int
    flag: int
    recount_by: int
    finding_skus: int
    finding_units: int
    block: int
    block_time: int
    tx_index: int
    log_index: int


def latest_of(session: Session, place: int, *, audited: bool) -> AccuracyRow | None:
    """The newest record of a place by auditors, or by its operator: each side goes forward in time by itself."""
    table = t.accuracy_records
    own = select(table).where(table.c.place == place, table.c.audited == audited)
    query = own.order_by(table.c.sequence.desc()).limit(1)
    row = session.execute(query).first()
    return None if row is None else AccuracyRow(*row)


def latest(session: Session) -> list[AccuracyRow]:
    """The newest record of every place that has one, by the place's number."""
    return _newest(session, true())


def newest_times(session: Session) -> dict[int, int]:
    """Of when the newest comparison is, of either side (Unix seconds), by the place's number."""
    table = t.accuracy_records
    rows = session.execute(select(table.c.place, func.max(table.c.as_of)).group_by(table.c.place))
    return {int(place): int(as_of) for place, as_of in rows}


def newest_before(session: Session, places: Collection[int], time: int) -> list[AccuracyRow]:
    """Of each of these places the newest record whose comparison is of before ``time`` (Unix seconds)."""
    return [row for row in _newest(session, t.accuracy_records.c.as_of < time) if row.place in places]


def _newest(session: Session, wanted: ColumnElement[bool]) -> list[AccuracyRow]:
    """The newest of the wanted records of every place, by the place's number."""
    table = t.accuracy_records
    last = func.max(table.c.sequence).label("sequence")
    newest = select(table.c.place, last).where(wanted).group_by(table.c.place).subquery()
    same = (table.c.place == newest.c.place) & (table.c.sequence == newest.c.sequence)
    query = select(table).join(newest, same).order_by(table.c.place)
    return [AccuracyRow(*row) for row in session.execute(query)]
