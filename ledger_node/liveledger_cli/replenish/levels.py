"""What ``liveledger replenish levels`` computes: from a forecast where there is one, else from the days before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger.services.replenishment import Levels, ReplenishmentReader
from liveledger_cli.common.read_back import require
from liveledger_oracles.replenishment.demand import LEAST_DAYS, Demand
from liveledger_oracles.replenishment.levels import (
    ComputedLevels,
    Service,
    compute,
    days_needed,
    from_forecast,
    from_history,
    lead_seconds,
)
from liveledger_oracles.replenishment.predicted import Predicted

FORECAST, HISTORY = "forecast", "history"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What levels come from: ``end`` is the day after the last that counts, and the first of a forecast."""

    demand: Demand
    forecast: Predicted
    days: int
    end: date
    service: Service


@dataclass(frozen=True, slots=True)
class LevelRow:
    """Levels as they go to the chain, with the names that people use: SKU code and GLN.

    ``source`` says what they come from; ``days`` how many days of history counted, which ``short`` says are fewer than
    were asked for.
    """

    code: str
    gln: int
    safety: int
    levels: Levels
    source: str
    days: int = 0
    short: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        levels = self.levels
        return {
            "sku": self.code,
            "place": f"{self.gln:013}",
            "safety": self.safety,
            "threshold": levels.threshold,
            "target": levels.target,
            "lead_seconds": levels.lead_seconds,
            "source": self.source,
            "history_days": self.days,
            "short_history": self.short,
        }

    def text(self) -> str:
        """One line for a terminal."""
        basis = f"{self.days} days{', a short history' if self.short else ''}" if self.source == HISTORY else FORECAST
        return (
            f"{self.code} at {self.gln:013}: threshold {self.levels.threshold} (safety {self.safety}),"
            f" target {self.levels.target}, lead time {self.levels.lead_seconds} s, from {basis}"
        )


def basis(source: str, content: bytes) -> bytes:
    """Commitment (32 bytes) to the file that levels were computed from, and to what kind of file it is."""
    return keccak(f"liveledger.levels.{source}/1\n".encode() + content)


def first_open_day(reader: ReplenishmentReader, block: int) -> date:
    """The day of a finalised block (UTC): the first that is not over."""
    return datetime.fromtimestamp(reader.time(block), UTC).date()


def levels(
    reader: ReplenishmentReader, brand: int, inputs: Inputs, block: int
) -> tuple[list[LevelRow], list[tuple[str, int]]]:
    """Levels of every SKU and place in ``inputs``, and those (code, GLN) that are too new to have any.

    Raises NotFound for a SKU or place that the ledger does not know, InvalidInput for what cannot be computed.
    """
    settings = reader.settings(brand, block)
    leads: dict[int, int] = {}
    rows: list[LevelRow] = []
    new: list[tuple[str, int]] = []
    for code, gln in sorted({*_named(inputs.demand.units), *inputs.forecast.days}):
        place = reader.place(gln, block)
        if place not in leads:
            leads[place] = lead_seconds(reader.ways_into(brand, place, block).values(), settings)
        found = _computed(inputs, (code, gln), leads[place])
        if found is None:
            new.append((code, gln))
            continue
        computed, source, days = found
        sku = reader.sku(brand, code, block)
        row = Levels(sku, place, computed.threshold, computed.target, leads[place])
        short = source == HISTORY and days < inputs.days
        rows.append(LevelRow(code, gln, computed.safety, row, source, days, short))
    return rows, new


def require_set(reader: ReplenishmentReader, rows: Iterable[LevelRow], block: int) -> None:
    """Asks the ledger for every level that was set. Raises NotReadBack for the first that is another one."""
    for row in rows:
        found, sent = reader.levels(row.levels.sku, row.levels.place, block), row.levels
        require(
            f"threshold, target and lead time of {row.code} at {row.gln:013}",
            (sent.threshold, sent.target, sent.lead_seconds),
            (found.threshold, found.target, found.lead_seconds),
        )


def _named(spots: Iterable[tuple[str | int, int]]) -> list[tuple[str, int]]:
    return [(str(code), gln) for code, gln in spots]


def _computed(inputs: Inputs, spot: tuple[str, int], lead: int) -> tuple[ComputedLevels, str, int] | None:
    """Levels, what they come from and how many days of history counted; None for a history that has no spread."""
    service = inputs.service
    try:
        if spot in inputs.forecast.days:
            series = inputs.forecast.series(spot, inputs.end, days_needed(lead, service))
            return compute(from_forecast(series, lead, service), service), FORECAST, 0
        days = min(inputs.days, inputs.demand.days_known(spot, inputs.end))
        if days < LEAST_DAYS <= inputs.days:
            return None
        stats = inputs.demand.stats(spot, inputs.end, days)
        return compute(from_history(stats, lead, service), service), HISTORY, days
    except InvalidInput as error:
        raise InvalidInput(f"{spot[0]} at {spot[1]:013}: {error.message}", hint=error.hint, **error.details) from None
