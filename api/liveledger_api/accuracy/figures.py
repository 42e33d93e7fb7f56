"""The accuracy of each place and of all together, out of the newest records; times are the chain's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.domain import gs1
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import hex_bytes
from liveledger.index import families
from liveledger.index.accuracy.queries import AccuracyRow, latest, newest_times
from liveledger.index.chain import queries as chain_queries
from liveledger.index.members import queries as members_queries
from liveledger.rules.accuracy.formula import accuracy_down, deviation_up

# What the trade aims at: 99.9 % of the SKUs without a difference.
GOAL_BPS = 9990


class UnknownPlace(LiveLedgerError):
    """A record names a place that the index does not have."""

    code = "index-differs"


@dataclass(frozen=True, slots=True)
class PlaceFigure:
    """The newest record of a place; ``overdue``: its recount should have been recorded by now.

    ``age``: seconds from the newest comparison of either side to now, in the chain's time.
    """

    gln: int
    record: AccuracyRow
    overdue: bool
    age: int

    def as_json(self) -> dict[str, Any]:
        """Counts and times as decimal strings, as everywhere in answers."""
        record = self.record
        return {
            "place": gs1.gln_text(self.gln),
            "as_of": str(record.as_of),
            "at_block": str(record.at_block),
            "skus": str(record.skus),
            "skus_matching": str(record.skus_matching),
            "ledger_units": str(record.ledger_units),
            "snapshot_units": str(record.snapshot_units),
            "difference_units": str(record.difference_units),
            "accuracy_bps": str(record.accuracy_bps),
            "deviation_bps": str(record.deviation_bps),
            "level": str(record.level),
            "flag": str(record.flag),
            "recount_by": str(record.recount_by),
            "finding_skus": str(record.finding_skus),
            "finding_units": str(record.finding_units),
            "recount_overdue": self.overdue,
            "age_seconds": str(self.age),
            "audited": record.audited,
            "poster": hex_bytes(record.poster),
            "records": str(record.sequence + 1),
            "block": str(record.block),
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """All places that have a record, by number, at a block of the index."""

    height: int
    places: tuple[PlaceFigure, ...]

    @property
    def accuracy_bps(self) -> int | None:
        """SKUs without a difference over all places, rounded down; None without a record."""
        skus = sum(place.record.skus for place in self.places)
        matching = sum(place.record.skus_matching for place in self.places)
        return accuracy_down(matching, skus) if skus else None

    def as_json(self) -> dict[str, Any]:
        """The figures as an answer."""
        records = [place.record for place in self.places]
        difference = sum(record.difference_units for record in records)
        overall = self.accuracy_bps
        total = None
        if overall is not None:
            total = {
                "accuracy_bps": str(overall),
                "deviation_bps": str(deviation_up(difference, sum(record.ledger_units for record in records))),
                "goal_bps": str(GOAL_BPS),
                "goal_met": overall >= GOAL_BPS,
                "flagged": str(sum(record.flag != 0 for record in records)),
                "recounts_open": str(sum(record.recount_by != 0 for record in records)),
                "recounts_overdue": str(sum(place.overdue for place in self.places)),
            }
        return {"count": str(len(records)), "all": total, "places": [place.as_json() for place in self.places]}


class AccuracyFigures:
    """Reads the figures from the index."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self) -> Figures:
        """The figures at the index's newest block.

        Raises UnknownPlace when the index contradicts itself, IndexFilling while it is behind with accuracy.
        """
        with families.session_on(self._engine, "accuracy") as session:
            height = chain_queries.height(session)
            block = chain_queries.block(session, height)
            now = block.time if block else 0
            return Figures(height, tuple(self._figures(session, latest(session), now)))

    def _figures(self, session: Session, records: Sequence[AccuracyRow], now: int) -> list[PlaceFigure]:
        found = []
        newest = newest_times(session)
        for record in records:
            place = members_queries.place(session, record.place)
            if place is None:
                raise UnknownPlace(f"place {record.place} has records and is not known", hint="run `liveledger fsck`")
            age = max(0, now - newest[record.place])
            found.append(PlaceFigure(place.gln, record, 0 < record.recount_by < now, age))
        return found
