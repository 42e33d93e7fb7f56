"""Waiting for what another program brings about: asked again and again, until a deadline of the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_SECONDS = 0.1


class _Late(Exception):
    """The time is over; no error of ``ready`` is taken for it."""


def wait_until(
    ready: Callable[[], T | None], seconds: float, late: Callable[[], Exception], *, pause: float = PAUSE_SECONDS
) -> T:
    """The first answer of ``ready`` that counts as true, asked every ``pause`` seconds for ``seconds``.

    It is asked once at least, and once more at the end. Raises what ``late`` makes when the time is over (it says what
    was waited for), and whatever ``ready`` raises.
    """
    deadline = time.monotonic() + seconds
    while True:
        over = time.monotonic() >= deadline
        if found := ready():
            return found
        if over:
            raise late()
        time.sleep(min(pause, max(0.0, deadline - time.monotonic())))


def comes_true(ready: Callable[[], bool], seconds: float, *, pause: float = PAUSE_SECONDS) -> bool:
    """Whether ``ready`` comes true within ``seconds``, for whoever goes on in either case."""
    try:
        return wait_until(ready, seconds, _Late, pause=pause)
    except _Late:
        return False
