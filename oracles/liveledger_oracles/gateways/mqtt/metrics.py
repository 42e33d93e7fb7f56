"""What the MQTT gateway measures: messages that wait and dead letters of each interface (docs/metrics.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from liveledger.domain.errors import ConfigurationError

_HOST = "127.0.0.1"
_GAUGES = (
    ("inbox", "liveledger_erp_pending_messages", "Messages that wait for the API"),
    ("dead", "liveledger_erp_dead_messages", "Messages that were refused and wait for somebody"),
)


class InboxCollector(Collector):
    """Asks ``look`` (`Inbox.sizes`) at every scrape; of a listed interface that nothing came of yet it says 0."""

    def __init__(self, look: Callable[[], Mapping[tuple[str, str], int]], interfaces: Collection[str]) -> None:
        self._look = look
        self._interfaces = interfaces

    def describe(self) -> Iterator[Metric]:
        """Nothing: the registry must not read the file when it is built."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Both gauges, one line an interface."""
        sizes = self._look()
        names = sorted({*self._interfaces, *(interface for _, interface in sizes)})
        for table, metric, text in _GAUGES:
            family = GaugeMetricFamily(metric, text, labels=["interface"])
            for name in names:
                family.add_metric([name], sizes.get((table, name), 0))
            yield family


@contextmanager
def served(collector: Collector, port: int | None) -> Iterator[None]:
    """Serves metrics on loopback as long as this is open; without a ``port`` none. Raises ConfigurationError."""
    if port is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        server, thread = start_http_server(port, addr=_HOST, registry=registry)
    except OSError as trouble:
        hint = "choose another one, or leave metrics_port out"
        raise ConfigurationError(f"port {port} (metrics_port) cannot be served: {trouble}", hint=hint) from trouble
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
