"""Work that goes on beside the requests: a step, done again and again until the server stops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import structlog

from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.domain.errors import LiveLedgerError

_log = structlog.get_logger(__name__)
_Result = TypeVar("_Result")

# One step that failed may be a moment's trouble; so many in a row are a worker that does not do its work.
FAILING_AFTER = 3
_LONGEST_PAUSE_SECONDS = 5.0
_NAMED_ERRORS = 5


class Loop:
    """Runs ``step`` on a thread of its own every ``seconds``, or at once after `nudge`.

    Whatever the step raises is logged and kept for the health report, and the step is tried again, after longer and
    longer pauses (at most 5 s, or ``seconds`` if that is longer).
    """

    def __init__(self, name: str, step: Callable[[], object], seconds: float) -> None:
        self._error: str | None = None
        self._failures = 0
        self._started = False
        self.name = name
        self._step = step
        self._seconds = seconds
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._started = True
        self._thread.start()

    @property
    def error(self) -> str | None:
        """What keeps the loop from its work; None while all is well."""
        if self._started and not self._thread.is_alive() and not self._stopping.is_set():
            return "internal: the loop ended; see the log"
        return self._error

    @property
    def failing(self) -> bool:
        """Whether the thread ended by itself, or the last `FAILING_AFTER` steps or more all failed."""
        dead = self._started and not self._thread.is_alive() and not self._stopping.is_set()
        return dead or self._failures >= FAILING_AFTER

    def stop(self) -> None:
        """Ends the thread after the step that it is in."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30.0)

    def nudge(self) -> None:
        """There is something to do now."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            self._attempt()
            self._wake.wait(self._pause())

    def _attempt(self) -> None:
        try:
            self._step()
        # Any error: the outbox raises sqlite3's own (locked, disk full), and a thread that ends leaves what was
        # acknowledged lying while the server goes on acknowledging.
        except Exception as error:  # noqa: BLE001
            self._note(error)
        else:
            self._error, self._failures = None, 0

    def _note(self, error: Exception) -> None:
        reason = described(error)
        if reason != self._error:
            _log.warning("loop_waits", loop=self.name, reason=reason, exc_info=error)
        self._error = reason
        self._failures += 1

    def _pause(self) -> float:
        longest = max(self._seconds, _LONGEST_PAUSE_SECONDS)
        return float(min(self._seconds * 2 ** min(self._failures, 16), longest))


class Loops:
    """Several loops beside each other: trouble in one does not hold up the others."""

    def __init__(self, *loops: Loop) -> None:
        self._loops = loops

    def start(self) -> None:
        """Starts all."""
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """Stops all, each after the step that it is in."""
        for loop in self._loops:
            loop.stop()

    def nudge(self) -> None:
        """There is something to do now."""
        for loop in self._loops:
            loop.nudge()

    def errors(self) -> dict[str, str]:
        """What keeps which loop from its work."""
        return {loop.name: error for loop in self._loops if (error := loop.error) is not None}

    def failing(self) -> list[str]:
        """Names of the loops that ended by themselves or fail again and again."""
        return [loop.name for loop in self._loops if loop.failing]


class Turns:
    """Gives each of many its turn: what one raises is kept until `finish` and does not hold up the others.

    A node that is away ends the round at once, because all of them need it.
    """

    def __init__(self, work: str) -> None:
        self._work = work
        self._errors: list[tuple[str, Exception]] = []

    def take(self, name: str, act: Callable[[], _Result]) -> _Result | None:
        """Result of ``act``; None when it failed. Raises NodeUnreachable."""
        try:
            return act()
        except NodeUnreachable:
            raise
        # Any error: which kind it is makes no difference to the others.
        except Exception as error:  # noqa: BLE001
            self._errors.append((name, error))
            return None

    def finish(self) -> None:
        """Logs what failed, and raises the first error, so that the loop reports it and tries again."""
        if not self._errors:
            return
        named = [f"{name}: {described(error)}" for name, error in self._errors[:_NAMED_ERRORS]]
        _log.warning("some_failed", work=self._work, count=len(self._errors), first=named)
        raise self._errors[0][1]


def described(error: Exception) -> str:
    """An error in one line: its stable code, or its class where it has none, and its message."""
    if isinstance(error, LiveLedgerError):
        return f"{error.stable_code}: {error.message}"
    return f"{type(error).__module__}.{type(error).__name__}: {error}"
