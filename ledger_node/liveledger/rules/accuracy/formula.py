"""The formula of comparisons between outside systems and the ledger: ratios, levels, flags and recounts.

It is that of version 3 of the contract; ``formula_2`` has what was otherwise before. Quantities are base units, ratios
basis points, times Unix seconds (docs/formats.md, Accuracy).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from liveledger.domain.money import WHOLE_BPS, Bps

# From here on a deviation is level 1, 2, 3 and 4.
LEVELS_BPS = (300, 800, 1500, 2500)
NOTICE, RECOUNT, FLAGGED, AUDIT = 1, 2, 3, 4
# Larger deviations count as this.
MAX_DEVIATION_BPS = 65_535
RECOUNT_SECONDS = 86_400
# So long after it was last raised an auditor lifts a finding by whatever it compared.
FINDING_SECONDS = 90 * 86_400
_UINT32, _UINT64 = (1 << 32) - 1, (1 << 64) - 1


def deviation_up(difference_units: int, ledger_units: int) -> Bps:
    """``difference / max(ledger, 1)`` in basis points, rounded up, at most what is kept."""
    return Bps(min(-(-difference_units * WHOLE_BPS // max(ledger_units, 1)), MAX_DEVIATION_BPS))


def accuracy_down(skus_matching: int, skus: int) -> Bps:
    """``matching / skus`` in basis points, rounded down; ``skus`` is not 0."""
    return Bps(skus_matching * WHOLE_BPS // skus)


def level_of(deviation: int) -> int:
    """The level of a deviation: 0 is none."""
    return sum(deviation >= least for least in LEVELS_BPS)


def difference_bounds(skus_differing: int, ledger_units: int, snapshot_units: int) -> tuple[int, int]:
    """Least and greatest sum of absolute differences that some stock can have.

    A SKU that does not match differs by a unit at least, and one that matches by none.
    """
    least = max(abs(ledger_units - snapshot_units), skus_differing)
    return least, ledger_units + snapshot_units if skus_differing else 0


def flag_of(level: int, audited: bool) -> int:
    """The flag that a record of this level raises: 3, or 4 where audits alone lift it; 0 below level 3.

    What an auditor flags that does not operate the place (``audited``), the operator does not lift.
    """
    if level < FLAGGED:
        return 0
    return AUDIT if audited else level


# The flag that a record of a level raises, by an auditor or not: what versions of the formula differ in.
FlagOf = Callable[[int, bool], int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record as the formula sees it: its level, what was compared, by whom, at which block time.

    ``decides``: it is an auditor's, or newer than all that auditors recorded.
    """

    level: int
    skus: int
    ledger_units: int
    audited: bool
    decides: bool
    block_time: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What the flag or recount of a place rests on; all zero while neither stands.

    ``skus`` and ``ledger_units`` are the greatest of the records that raised it, ``raised_at`` is the block time of the
    newest of them (Unix seconds).
    """

    skus: int = 0
    ledger_units: int = 0
    raised_at: int = 0

    def word(self) -> int:
        """The storage word."""
        return self.skus | self.ledger_units << 32 | self.raised_at << 96

    @classmethod
    def from_word(cls, word: int) -> Finding:
        """Decodes a storage word."""
        return cls(word & _UINT32, word >> 32 & _UINT64, word >> 96)

    def is_as_wide(self, evidence: Evidence) -> bool:
        """Whether a record compared as many SKUs; of a finding that is old, an auditor says what it has seen."""
        old = evidence.block_time > self.raised_at + FINDING_SECONDS
        return evidence.skus >= self.skus or (evidence.audited and old)

    def is_as_strong(self, evidence: Evidence) -> bool:
        """Whether it also had as many units on the ledger: that binds the operator; auditors say that goods left."""
        return self.is_as_wide(evidence) and (evidence.audited or evidence.ledger_units >= self.ledger_units)

    def raised(self, evidence: Evidence) -> Finding:
        """The finding after a record, while a flag or a recount stands."""
        if evidence.level < RECOUNT:
            return self
        units = max(self.ledger_units, evidence.ledger_units)
        return Finding(max(self.skus, evidence.skus), units, evidence.block_time)


@dataclass(frozen=True, slots=True)
class Standing:
    """Flag of a place (0, 3 or 4), deadline of its recount (0: none is open), and what both rest on."""

    flag: int = 0
    recount_by: int = 0
    finding: Finding = Finding()


def next_standing(before: Standing, evidence: Evidence, flag_of: FlagOf = flag_of) -> Standing:
    """How a place stands after one more record.

    An open recount keeps its deadline; a flag of level 4 gives way only to an auditor that does not operate the place.
    What an auditor found of a later time than the operator's record, that record can raise and not lift. A recount ends
    by as many SKUs as raised what stands, a flag by evidence that is as strong.
    """
    finding, raises = before.finding, evidence.level >= RECOUNT
    due = 0 if evidence.decides and finding.is_as_wide(evidence) and not raises else before.recount_by
    if raises and not due:
        due = evidence.block_time + RECOUNT_SECONDS
    flag = flag_of(evidence.level, evidence.audited)
    lifts = evidence.decides and finding.is_as_strong(evidence)
    if not lifts or (before.flag == AUDIT and not evidence.audited):
        flag = max(flag, before.flag)
    return Standing(flag, due, finding.raised(evidence) if flag or due else Finding())
