"""What the demo has done, on disk: a run is a list of named steps, each recorded once with what it found out."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from liveledger.domain.errors import ConfigurationError

FORMAT = "liveledger-demo/1"
SET_UP = 0


@dataclass(slots=True)
class Run:
    """One run (0 is the set-up): when it began (Unix seconds), its steps with their facts, whether it ended."""

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
        self._lock = threading.Lock()
        self._runs = _read(path) or [Run(SET_UP, int(time.time()))]

    @property
    def set_up(self) -> Run:
        """What is done once a home: members, places, SKUs, the agreement."""
        return self._runs[0]

    def open_run(self) -> Run:
        """The unfinished run, or a new one."""
        with self._lock:
            if len(self._runs) > 1 and not self._runs[-1].finished:
                return self._runs[-1]
            run = Run(len(self._runs), int(time.time()))
            self._runs.append(run)
            self._write()
            return run

    def record(self, run: Run, step: str, facts: dict[str, Any]) -> dict[str, Any]:
        """Marks a step as done, with its facts, and gives them back."""
        with self._lock:
            run.steps[step] = facts
            self._write()
        return facts

    def plan(self, run: Run, step: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What was decided for a step; decided and kept now when it was not yet.

        Times, salts and random ids are decided before anything is sent, so that after a crash the very same bytes are
        sent under the same key.
        """
        known = run.steps.get(step)
        return known if known is not None else self.record(run, step, make())

    def forget(self, run: Run, steps: tuple[str, ...]) -> None:
        """Takes steps back, for instance those of a session whose start was missed."""
        with self._lock:
            for step in steps:
                run.steps.pop(step, None)
            self._write()

    def finish(self, run: Run) -> None:
        """Marks the run as ended: the next start is a new one."""
        with self._lock:
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
