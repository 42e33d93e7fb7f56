"""The accuracy of places as metrics (docs/metrics.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from liveledger.domain import gs1
from liveledger.domain.money import WHOLE_BPS
from liveledger.index.families import IndexFilling
from liveledger_api.accuracy.figures import Figures, PlaceFigure

_BY_PLACE: tuple[tuple[str, str, Callable[[PlaceFigure], float]], ...] = (
    (
        "liveledger_accuracy_ratio",
        "SKUs of the newest comparison that agree",
        lambda place: place.record.accuracy_bps / WHOLE_BPS,
    ),
    ("liveledger_accuracy_level", "Level of the newest comparison", lambda place: place.record.level),
    ("liveledger_accuracy_flagged", "Level that the place is flagged with", lambda place: place.record.flag),
    ("liveledger_accuracy_recount_overdue", "Whether a recount is overdue", lambda place: float(place.overdue)),
    ("liveledger_accuracy_age_seconds", "Seconds since the newest comparison", lambda place: place.age),
)


class AccuracyCollector(Collector):
    """Reads the figures at every scrape; their ratios are of basis points."""

    def __init__(self, look: Callable[[], Figures]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Nothing: the registry must not read the index when it is built."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One gauge a figure and place, and the accuracy over all places; none while the index is behind with it."""
        try:
            now = self._look()
        except IndexFilling:
            return
        for name, text, figure in _BY_PLACE:
            family = GaugeMetricFamily(name, text, labels=["place"])
            for place in now.places:
                family.add_metric([gs1.gln_text(place.gln)], figure(place))
            yield family
        overall = GaugeMetricFamily("liveledger_accuracy_overall_ratio", "The same over all places")
        if now.accuracy_bps is not None:
            overall.add_metric([], now.accuracy_bps / WHOLE_BPS)
        yield overall
