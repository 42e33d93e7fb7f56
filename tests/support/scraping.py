"""What a running node's metrics say at this moment."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.network import RunningNetwork


def scrape(net: RunningNetwork, node: int = 0) -> dict[str, float]:
    """All samples of a node; their labels stand behind the name."""
    text = httpx.get(f"http://127.0.0.1:{net.home.node(node).ports().node_metrics}/metrics", trust_env=False).text
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
