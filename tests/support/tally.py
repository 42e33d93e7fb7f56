"""How often each fault was tried and what was seen, for the table at the end of a run."""

from __future__ import annotations

import os
import random
import secrets
from collections import defaultdict
from dataclasses import dataclass, field

SEED_VARIABLE = "LIVELEDGER_FAULTS_SEED"


@dataclass
class Tally:
    """Tries by row of the table of faults, with the figures seen."""

    seed: int = field(default_factory=lambda: int(os.environ.get(SEED_VARIABLE) or secrets.randbelow(10**9)))
    tries: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    figures: dict[tuple[int, str], dict[str, object]] = field(default_factory=lambda: defaultdict(dict))

    def random(self, name: str) -> random.Random:
        """Instants and victims of one test; the same for the same seed."""
        return random.Random(f"{self.seed}:{name}")

    def add(self, row: int, what: str, tries: int = 1, **figures: object) -> None:
        """Counts tries; of a figure that is a number the largest stays."""
        self.tries[row, what] += tries
        known = self.figures[row, what]
        for name, value in figures.items():
            before = known.get(name)
            if isinstance(value, int | float) and isinstance(before, int | float):
                value = max(value, before)
            known[name] = value

    def lines(self) -> list[str]:
        """The table."""
        rows = [f"seed {self.seed} (set {SEED_VARIABLE} to repeat)"]
        for (row, what), tries in sorted(self.tries.items()):
            seen = ", ".join(f"{name} {_text(value)}" for name, value in self.figures[row, what].items())
            rows.append(f"row {row:>2}  {tries:>4} tries  {what:<44} {seen}")
        return rows


def _text(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
