"""The MQTT gateway as a process: listens, forwards, and ends when it is told to or cannot keep its promises."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import structlog

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.private_files import read_secret
from liveledger_oracles.gateways.mqtt.forwarding import Forwarder
from liveledger_oracles.gateways.mqtt.inbox import Inbox
from liveledger_oracles.gateways.mqtt.intake import Intake
from liveledger_oracles.gateways.mqtt.listener import Listener, subscriptions
from liveledger_oracles.gateways.mqtt.metrics import InboxCollector, served
from liveledger_oracles.gateways.mqtt.settings import KINDS, BridgeSettings

_log = structlog.get_logger(__name__)
_TIMEOUT_SECONDS = 120.0
# How long `Bridge.run` waits at most for its threads before it returns.
STOP_SECONDS = 60.0
_LOOK_SECONDS = 0.2


def _shown(settings: BridgeSettings) -> dict[str, str]:
    """What requests show the API: the key in the file that the settings name. Raises ConfigurationError."""
    if settings.api_key_file is None:
        return {}
    return {"Authorization": f"Bearer {read_secret(settings.api_key_file)}"}


class Bridge:
    """One MQTT gateway over one inbox. Built once, run once."""

    def __init__(self, settings: BridgeSettings, inbox: Inbox, api: Callable[[], str]) -> None:
        """``api`` gives the address of the member's API where the settings name none; it may raise Unavailable."""
        self._stop = threading.Event()
        self._wakes = {kind: threading.Event() for kind in KINDS}
        self._http = httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False, headers=_shown(settings))
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
        self._listeners = [
            Listener(settings.broker, one, intake, inbox, self._wake)
            for one in subscriptions(settings.broker, settings.interface)
        ]
        self._collector = InboxCollector(inbox.sizes, [one.name for one in settings.interface])
        self._metrics_port = settings.metrics_port
        self._stopping = False
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Runs until `stop`. Raises what ended any part for good: a file that cannot be written, bad keys.

        Raises ConfigurationError at once where its metrics cannot be served.
        """
        with served(self._collector, self._metrics_port):
            self._run()

    def _run(self) -> None:
        parts: list[Callable[[], None]] = [partial(self._forward, kind) for kind in KINDS]
        parts += [listener.run for listener in self._listeners]
        threads = [threading.Thread(target=self._guarded, args=(part,), daemon=True) for part in parts]
        for thread in threads:
            thread.start()
        try:
            # No waiting for a lock here: `stop` may be called by a signal's handler, on this very thread.
            while not self._stopping:
                time.sleep(_LOOK_SECONDS)
        finally:
            self.stop()
            self._stop.set()
            self._wake()
            until = time.monotonic() + STOP_SECONDS
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))
            self._http.close()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Ends `run`; asks for no lock, so that a signal's handler may call it."""
        self._stopping = True
        for listener in self._listeners:
            listener.stop()

    def _wake(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    def _forward(self, kind: str) -> None:
        self._forwarders[kind].run(self._stop, self._wakes[kind])

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        # Whatever it is: an MQTT gateway of which one part does not work must not go on.
        except BaseException as error:  # noqa: BLE001
            _log.error("part_ended", exc_info=error)
            self._failure = error
            self._stopping = True


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Holds a lock file. Raises ConfigurationError when another MQTT gateway of this ledger runs."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                "a bridge of this ledger runs already", hint="one is enough: it knows all interfaces"
            ) from None
        yield
