"""The validator set of this moment, and how many of its members may fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

_ASK_SECONDS = 2.0
# CometBFT gives at most this many a page; a network has at most 16 validators.
_PAGE = 100


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """Voting power by CometBFT's address (40 hex digits, upper case)."""

    powers: dict[str, int]

    @property
    def total(self) -> int:
        """Power of all validators."""
        return sum(self.powers.values())

    @property
    def may_fail(self) -> int:
        """How many validators may fail, whichever they are, and blocks go on."""
        return tolerated(list(self.powers.values()))


def tolerated(powers: Sequence[int]) -> int:
    """The largest n such that any n of the validators together have less than a third of the power."""
    total, failed = sum(powers), 0
    for count, power in enumerate(sorted(powers, reverse=True)):
        failed += power
        if 3 * failed >= total:
            return count
    return 0


def read_validators(consensus_url: str) -> ValidatorSet | None:
    """Asks a node for the set of its newest block; None when it does not answer."""
    try:
        answer = httpx.get(f"{consensus_url}/validators?per_page={_PAGE}", timeout=_ASK_SECONDS, trust_env=False)
        found: list[dict[str, Any]] = answer.json()["result"]["validators"]
        return ValidatorSet({str(entry["address"]): int(entry["voting_power"]) for entry in found})
    except (httpx.HTTPError, KeyError, TypeError, ValueError):
        return None
