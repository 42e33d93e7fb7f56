"""The bridge as a process: listens, forwards, and ends when it is told to or cannot keep its promises."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import structlog
from liveledger.domain.errors import ConfigurationError

from liveledger_oracles.erp.forwarding import Forwarder
from liveledger_oracles.erp.inbox import Inbox
from liveledger_oracles.erp.intake import Intake
from liveledger_oracles.erp.listener import Listener
from liveledger_oracles.erp.settings import KINDS, BridgeSettings

_log = structlog.get_logger(__name__)
_TIMEOUT_SECONDS = 120.0
# How long `Bridge.run` waits at most for its threads before it returns.
STOP_SECONDS = 60.0


class Bridge:
    """One bridge over one inbox. Built once, run once."""

    def __init__(self, settings: BridgeSettings, inbox: Inbox, api: Callable[[], str]) -> None:
        """``api`` gives the address of the member's API where the settings name none; it may raise Unavailable."""
        self._stop = threading.Event()
        self._wakes = {kind: threading.Event() for kind in KINDS}
        self._http = httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False)
        address = settings.api
        # A thread each: an API that does not take one kind must not hold up the other.
        self._forwarders = {
            kind: Forwarder(
                inbox,
                self._http,
                api if address is None else lambda: address,
                kind=kind,
                batch=settings.limits.batch,
                account=settings.account,
            )
            for kind in KINDS
        }
        intake = Intake(settings.interface, max_bytes=settings.limits.max_message_bytes)
        self._listener = Listener(settings.broker, intake, inbox, self._wake)
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Runs until `stop`. Raises what ended either side for good: a file that cannot be written, bad keys."""
        forwarding = [
            threading.Thread(target=self._forward, args=(kind,), name=f"forwarding-{kind}", daemon=True)
            for kind in self._forwarders
        ]
        for thread in forwarding:
            thread.start()
        try:
            self._listener.run()
        finally:
            self._stop.set()
            self._wake()
            until = time.monotonic() + STOP_SECONDS
            for thread in forwarding:
                thread.join(max(0.0, until - time.monotonic()))
            self._http.close()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Ends `run`; may be called from a signal's handler."""
        self._listener.stop()

    def _wake(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    def _forward(self, kind: str) -> None:
        try:
            self._forwarders[kind].run(self._stop, self._wakes[kind])
        # Whatever it is: a bridge that takes in and forwards nothing must not go on.
        except BaseException as error:  # noqa: BLE001
            _log.error("forwarding_ended", exc_info=error)
            self._failure = error
            self._listener.stop()


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Holds a lock file. Raises ConfigurationError when another bridge of this ledger runs."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                "a bridge of this ledger runs already", hint="one is enough: it knows all interfaces"
            ) from None
        yield
