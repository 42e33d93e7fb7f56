"""What the demo has done, on disk: a run is a list of named steps, each recorded once with what it found out."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from liveledger.domain.errors import ConfigurationError

FORMAT = "liveledger-demo/1"


@dataclass(slots=True)
class Run:
    """One run: number (from 1), when it began (Unix seconds), the steps done with their facts, whether it ended."""

    number: int
    began: int
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    finished: bool = False

    def key(self, *parts: object) -> str:
        """An idempotency key of this run: the same act has the same key before and after a crash."""
        return ":".join(["demo", str(self.number), *map(str, parts)])


class DemoState:
    """The state file. Every write replaces the file as a whole and reaches the disk before the next step begins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._runs = _read(path)

    @property
    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        return list(self._runs)

    def open_run(self) -> Run:
        """The unfinished run, or a new one."""
        if self._runs and not self._runs[-1].finished:
            return self._runs[-1]
        run = Run(len(self._runs) + 1, int(time.time()))
        self._runs.append(run)
        self._write()
        return run

    def record(self, run: Run, step: str, facts: dict[str, Any]) -> None:
        """Marks a step as done, with its facts."""
        run.steps[step] = facts
        self._write()

    def forget(self, run: Run, steps: tuple[str, ...]) -> None:
        """Takes steps back, for instance those of a session whose start was missed."""
        for step in steps:
            run.steps.pop(step, None)
        self._write()

    def finish(self, run: Run) -> None:
        """Marks the run as ended: the next start is a new one."""
        run.finished = True
        self._write()

    def _write(self) -> None:
        runs = [asdict(run) for run in self._runs]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as stream:
            json.dump({"format": FORMAT, "runs": runs}, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self._path)


def _read(path: Path) -> list[Run]:
    if not path.exists():
        return []
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ConfigurationError(f"{path} is of another version", hint="start anew with --reset")
        return [Run(run["number"], run["began"], run["steps"], run["finished"]) for run in data["runs"]]
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(f"{path} does not hold a demo's state", hint="start anew with --reset") from None
