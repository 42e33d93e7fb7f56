"""Sentences of StockHealth: reports on a brand's stock value."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "HealthBlockAhead": (
        "the stock is to be valued at block {at_block}, which the ledger (at {block_number}) has not reached",
        "value it at a block of the past",
    ),
    "HealthEmptyPeriod": (
        "the period from {period_from:time} to {period_to:time} is empty",
        "give a period of a year, its end after its start",
    ),
    "HealthNotAYear": (
        "the period from {period_from:time} to {period_to:time} is no year",
        "the limit is one of a year: give 365 days, five more or less",
    ),
    "HealthNotBrand": ("{brand:org} is no active brand", "`liveledger member list` shows the brands"),
    "HealthNotEntitled": (
        "{organisation:org} may not report on brand {brand}",
        "the brand itself, auditors and finance organisations report",
    ),
    "HealthPeriodNotOver": (
        "the period ends at {period_to:time}, after the block's time {block_time:time}",
        "report once it is over",
    ),
    "HealthStale": (
        "the last report covers time up to {last_period_to:time}; this one ends at {period_to:time}",
        "report on a later period",
    ),
    "HealthTooOld": (
        "the period ended at {period_to:time}, so long before {block_time:time} that the report would be stale at once",
        "report on a later period",
    ),
    "HealthTooSoon": (
        "the period ends at {period_to:time}; the next one of the same organisation ends at {earliest:time} or later",
        "reports of one organisation end a day apart at least",
    ),
}
