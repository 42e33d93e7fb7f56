"""Progress for a person at a terminal: bars with time left there, nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bar:
    """One bar: call ``advance`` as work gets done; safe from several threads."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def advance(self, by: float = 1) -> None:
        """``by`` more units are done."""
        self._progress.advance(self._task, by)


class Stage:
    """All bars of the demo on one console; without a terminal it draws nothing."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        columns = (
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._console = console
        self._quiet = quiet
        self._progress = Progress(*columns, console=console, disable=quiet or not console.is_terminal)
        self._lock = Lock()

    def __enter__(self) -> Stage:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def bar(self, title: str, total: float = 1) -> Iterator[Bar]:
        """A bar for one piece of work; complete when the block ends well."""
        with self._lock:
            task = self._progress.add_task(title, total=total)
        yield Bar(self._progress, task)
        self._progress.update(task, completed=total)

    def say(self, text: str) -> None:
        """One line for the person (stderr), unless quiet."""
        if not self._quiet:
            self._console.print(text, markup=False)
