"""Progress on a terminal, nothing otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from liveledger_cli.common.context import messages


@contextmanager
def blocks_progress(title: str, *, quiet: bool = False) -> Iterator[Callable[[int, int | None], None]]:
    """A bar with the time that is left; gives a function to call with (done, all); None for what is not known."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=messages, disable=quiet or not messages.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)
