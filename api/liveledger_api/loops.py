"""Work that goes on beside the requests: a step, done again and again until the server stops."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from liveledger.domain.errors import LiveLedgerError
from sqlalchemy.exc import SQLAlchemyError

_log = structlog.get_logger(__name__)


class Loop:
    """Runs ``step`` on a thread of its own every ``seconds``, or at once after `nudge`.

    An error of ours or of the database is kept for the health report and the step is tried again. Any other error is a
    bug and ends the loop; the health report says so from then on.
    """

    def __init__(self, name: str, step: Callable[[], object], seconds: float) -> None:
        self._error: str | None = None
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
            return "internal: the loop was ended by a bug; see the log"
        return self._error

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
            self._note(self._attempt())
            self._wake.wait(self._seconds)

    def _attempt(self) -> str | None:
        try:
            self._step()
        except LiveLedgerError as error:
            return f"{error.stable_code}: {error.message}"
        except SQLAlchemyError as error:
            return f"database: {type(error).__name__}: {error}"
        return None

    def _note(self, error: str | None) -> None:
        if error is not None and error != self._error:
            _log.warning("loop_waits", loop=self.name, reason=error)
        self._error = error


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
        return {loop.name: loop.error for loop in self._loops if loop.error is not None}
