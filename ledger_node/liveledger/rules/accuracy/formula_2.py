"""What the formula of comparisons was in versions 1 and 2 of the contract; all else is as in ``formula``.

Version 1 kept no findings: there any record is as strong as what raised a flag.
"""

from __future__ import annotations

from liveledger.rules.accuracy.formula import FLAGGED


def flag_of(level: int, audited: bool) -> int:  # noqa: ARG001 - the same, whoever records
    """The flag that a record of this level raises: its level from 3 on, else 0."""
    return level if level >= FLAGGED else 0
