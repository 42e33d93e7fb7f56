"""What the API measures: requests and refusals, the outbox and the index (docs/metrics.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveledger.chain.outbox.metrics import SenderMetrics
from liveledger_api.accuracy.figures import Figures
from liveledger_api.accuracy.metrics import AccuracyCollector

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the work is: requests in the outbox that are not final, age in seconds of the oldest of them (0 when
    there is none), the index's height, its lag in blocks and in seconds of the chain's time, whether it keeps up, the
    number of workers that do not do their work, and of movements that wait for their cause. What depends on the node is
    None while it is away.
    """

    outbox_pending: int
    outbox_oldest_seconds: float
    index_height: int
    index_lag_blocks: int | None
    index_lag_seconds: float | None
    up_to_date: bool
    failing_workers: int
    movements_parked: int


class ApiMetrics:
    """The server's registry; the senders count in it, too."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.sender = SenderMetrics(self.registry)
        self.requests = Counter(
            "liveledger_api_requests_total", "Requests answered", ["method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "liveledger_api_request_seconds", "Time to answer", ["method"], buckets=_SECONDS, registry=self.registry
        )
        self.refusals = Counter(
            "liveledger_api_refusals_total", "Requests refused or failed", ["code"], registry=self.registry
        )

    def follow(self, look: Callable[[], Standing]) -> None:
        """Reports what ``look`` says whenever the metrics are asked for."""
        self.registry.register(StandingCollector(look))

    def watch_accuracy(self, look: Callable[[], Figures]) -> None:
        """Reports the accuracy of places whenever the metrics are asked for."""
        self.registry.register(AccuracyCollector(look))


class StandingCollector(Collector):
    """Asks how far the work is at every scrape."""

    def __init__(self, look: Callable[[], Standing]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Nothing: the registry must not ask the chain when it is built."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One gauge a figure that is known."""
        now = self._look()
        figures: tuple[tuple[str, str, float | None], ...] = (
            ("liveledger_outbox_pending", "Requests acknowledged and not final", now.outbox_pending),
            ("liveledger_outbox_oldest_seconds", "Age of the oldest of them", now.outbox_oldest_seconds),
            ("liveledger_index_height", "Newest block of the index", now.index_height),
            ("liveledger_index_lag_blocks", "Final blocks that are not indexed", now.index_lag_blocks),
            ("liveledger_index_lag_seconds", "The same in the chain's time", now.index_lag_seconds),
            ("liveledger_index_up_to_date", "Whether the index keeps up", float(now.up_to_date)),
            ("liveledger_api_failing_workers", "Workers that do not do their work", now.failing_workers),
            ("liveledger_movements_parked", "Movements that wait for their cause", now.movements_parked),
        )
        for name, text, value in figures:
            if value is not None:
                yield GaugeMetricFamily(name, text, value=value)


class RequestMetrics:
    """Counts and times every request. Paths are no label: they hold what clients ask for."""

    def __init__(self, app: ASGIApp, *, metrics: ApiMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        started = time.monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(method, str(message["status"])).inc()
                self._metrics.seconds.labels(method).observe(time.monotonic() - started)
            await send(message)

        await self._app(scope, receive, counted)
