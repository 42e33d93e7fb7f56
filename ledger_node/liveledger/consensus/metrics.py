"""What the bridge measures, in a registry of its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class BridgeMetrics:
    """Counters and histograms of one node."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.height = Gauge("liveledger_height", "Newest committed block", registry=self.registry)
        self.chain_time = Gauge("liveledger_block_timestamp_seconds", "Its timestamp", registry=self.registry)
        self.calls = Histogram(
            "liveledger_abci_seconds", "Time to answer CometBFT", ["call"], buckets=_SECONDS, registry=self.registry
        )
        self.engine = Histogram(
            "liveledger_engine_seconds", "Time of engine calls", ["call"], buckets=_SECONDS, registry=self.registry
        )
        self.refusals = Counter("liveledger_refusals_total", "Proposals refused", ["reason"], registry=self.registry)
        self.misbehaviour = Counter(
            "liveledger_misbehaviour_total", "Evidence in blocks against validators", ["kind"], registry=self.registry
        )
        self.skipped = Counter(
            "liveledger_empty_proposals_total", "Turns passed up", ["reason"], registry=self.registry
        )
        self.early = Counter(
            "liveledger_builds_total", "Blocks built ahead or on demand", ["kind"], registry=self.registry
        )
        self.payload_bytes = Gauge("liveledger_payload_packed_bytes", "Newest packed payload", registry=self.registry)
        self.retries = Counter("liveledger_engine_retries_total", "Engine calls tried again", registry=self.registry)
        self.restarts = Counter(
            "liveledger_restarts_total", "Restarts of the engines", ["reason"], registry=self.registry
        )
