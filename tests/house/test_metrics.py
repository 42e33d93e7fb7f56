"""docs/metrics.md lists every metric of the code, and dashboard and alert rules name no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from liveledger.consensus.metrics import BridgeMetrics
from liveledger.node.node_metrics import NodeMetrics
from liveledger_api.accuracy.figures import Figures
from liveledger_api.metrics import ApiMetrics, Standing
from liveledger_oracles.gateways.mqtt.metrics import InboxCollector
from liveledger_oracles.replenishment.planning import ReplenishmentMetrics
from tests.house.tree import ROOT

ROW = re.compile(r"^\| `(liveledger_\w+)` \| (\w+) \|", re.MULTILINE)
LABELS = re.compile(r"^\| `(liveledger_\w+)` \| \w+ \| ([\w, ]*) \|", re.MULTILINE)
# What Prometheus and its configuration add, and node_exporter's two labels of a unit's state.
OUTER_LABELS = {"instance", "job", "ledger", "le", "name", "state"}
GROUPED = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right) ?\(([a-z_, ]*)\)")
MATCHED = re.compile(r"([a-z_]+) ?=~? ?\\?\"")
NAME = re.compile(r"\bliveledger_[a-z_]+\b")
USED_BY = ("deploy/grafana/liveledger.json", "deploy/prometheus/alerts.yml")
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


def documented() -> dict[str, str]:
    """Type by name, as the page has it."""
    return dict(ROW.findall((ROOT / "docs" / "metrics.md").read_text()))


def _families(registry: CollectorRegistry) -> Iterator[tuple[str, str]]:
    for family in registry.collect():
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        yield family.name + suffix, family.type


def in_code() -> dict[str, str]:
    """Type by name, as the registries of a node, of the API, of a pass of replenishment and of the bridge have it."""
    bridge, api = BridgeMetrics(), ApiMetrics()
    NodeMetrics(bridge.registry)
    api.follow(lambda: Standing(0, 0.0, 0, 0, 0.0, True, 0, 0))
    api.watch_accuracy(lambda: Figures(0, ()))
    oracle = ReplenishmentMetrics()
    registries = (bridge.registry, api.registry, oracle.registry, _inbox_registry())
    return {name: kind for registry in registries for name, kind in _families(registry)}


def _inbox_registry() -> CollectorRegistry:
    """The MQTT gateway's, over an inbox of nothing."""
    registry = CollectorRegistry()
    registry.register(InboxCollector(dict, ()))
    return registry


def test_every_metric_is_documented_with_its_type() -> None:
    page = documented()
    assert {name: page.get(name) for name in in_code()} == in_code()


def test_every_documented_metric_is_there() -> None:
    assert set(documented()) == set(in_code())


def test_dashboard_and_alerts_name_only_metrics_that_are_there() -> None:
    known = {name + part for name, kind in in_code().items() for part in ("", *PARTS.get(kind, ()))}
    for path in USED_BY:
        named = set(NAME.findall((ROOT / path).read_text()))
        assert named - known == set(), path
        assert named, path


def test_documented_labels_are_those_of_the_code() -> None:
    page = {name: set(filter(None, labels.split(", "))) for name, labels in LABELS.findall(page_text())}
    bridge, api = BridgeMetrics(), ApiMetrics()
    metrics = [*vars(bridge).values(), *vars(NodeMetrics(bridge.registry)).values()]
    metrics += [*vars(api).values(), *vars(api.sender).values(), *vars(ReplenishmentMetrics()).values()]
    labelled = [metric for metric in metrics if isinstance(metric, MetricWrapperBase) and metric._type != "info"]
    assert len(labelled) > 30
    for metric in labelled:
        name = metric._name + ("_total" if metric._type == "counter" else "")
        assert page[name] == set(metric._labelnames), name


def test_dashboard_and_alerts_use_only_labels_that_are_there() -> None:
    known = OUTER_LABELS | {label for _, labels in LABELS.findall(page_text()) for label in labels.split(", ")}
    texts = ["\n".join(expressions(json.loads((ROOT / USED_BY[0]).read_text()))), (ROOT / USED_BY[1]).read_text()]
    for text in texts:
        used = {label.strip() for group in GROUPED.findall(text) for label in group.split(",")} | set(
            MATCHED.findall(text)
        )
        assert used - known - {""} == set()


def page_text() -> str:
    """The page's text, without the labels' cells being empty in two ways."""
    return (ROOT / "docs" / "metrics.md").read_text().replace("| |", "|  |")


def expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    """Every PromQL expression of a dashboard."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]
