"""docs/metrics.md lists every metric of the code, and dashboard and alert rules name no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from liveledger.consensus.metrics import BridgeMetrics
from liveledger.engine.node_metrics import NodeMetrics
from liveledger_api.metrics import ApiMetrics, Standing
from prometheus_client import CollectorRegistry

from tests.house.tree import ROOT

ROW = re.compile(r"^\| `(liveledger_\w+)` \| (\w+) \|", re.MULTILINE)
NAME = re.compile(r"\bliveledger_[a-z_]+\b")
USED_BY = ("deploy/grafana/liveledger.json", "deploy/prometheus/alerts.yml")
# Counted in a registry that is not built here.
ELSEWHERE = {"liveledger_misbehaviour_total"}
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}


def documented() -> dict[str, str]:
    """Type by name, as the page has it."""
    return dict(ROW.findall((ROOT / "docs" / "metrics.md").read_text()))


def _families(registry: CollectorRegistry) -> Iterator[tuple[str, str]]:
    for family in registry.collect():
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        yield family.name + suffix, family.type


def in_code() -> dict[str, str]:
    """Type by name, as the registries of a node and of the API have it."""
    bridge, api = BridgeMetrics(), ApiMetrics()
    NodeMetrics(bridge.registry)
    api.follow(lambda: Standing(0, 0.0, 0, 0, 0.0, True, 0))
    return dict(_families(bridge.registry)) | dict(_families(api.registry))


def test_every_metric_is_documented_with_its_type() -> None:
    page = documented()
    assert {name: page.get(name) for name in in_code()} == in_code()


def test_every_documented_metric_is_there() -> None:
    assert set(documented()) - ELSEWHERE == set(in_code()) - ELSEWHERE


def test_dashboard_and_alerts_name_only_metrics_that_are_there() -> None:
    known = {name + part for name, kind in in_code().items() for part in ("", *PARTS.get(kind, ()))} | ELSEWHERE
    for path in USED_BY:
        named = set(NAME.findall((ROOT / path).read_text()))
        assert named - known == set(), path
        assert named, path
