"""Inputs as they come from outside (documents, tables, messages), each with its right outcome on every channel.

``inputs/<topic>/`` holds a file for each input and ``outcomes.json``:

    {"windows-excel.csv": {"why": "what is odd about it",
                           "api": {"status": 400, "code": "encoding"}, "cli": {"exit": 2, "code": "encoding"}}}

A channel is ``api``, ``cli`` or ``mqtt``; one that is not named does not take this input. What an outcome holds beside
``status``, ``exit`` and ``code`` is the affair of the topic's test.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INPUTS = Path(__file__).parent / "inputs"
OUTCOMES = "outcomes.json"
CHANNELS = frozenset({"api", "cli", "mqtt"})


@dataclass(frozen=True, slots=True)
class Case:
    """One input and what is right to happen to it."""

    path: Path
    why: str
    outcomes: dict[str, dict[str, Any]]

    @property
    def name(self) -> str:
        """Topic and file, for the name of a test."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def content(self) -> bytes:
        """The input, byte for byte."""
        return self.path.read_bytes()


def topics() -> list[str]:
    """The folders of inputs, sorted."""
    return sorted(folder.name for folder in INPUTS.iterdir() if folder.is_dir())


def cases(topic: str, channel: str | None = None) -> list[Case]:
    """The inputs of a topic, those that ``channel`` takes or all."""
    folder = INPUTS / topic
    told = json.loads((folder / OUTCOMES).read_text())
    found = [Case(folder / file, said.pop("why"), said) for file, said in sorted(told.items())]
    return [case for case in found if channel is None or channel in case.outcomes]
