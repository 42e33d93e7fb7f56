"""What the supervisor measures beside the ABCI application: peers, disk, processes, versions (docs/metrics.md)."""

from __future__ import annotations

import os
import time
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge, Info

from liveledger.consensus.block_rules import RULES_VERSION
from liveledger.node.binaries import Engines, embedded_version
from liveledger.node.processes import ProcessCollector


class NodeMetrics:
    """Gauges of one node, in the ABCI application's registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.started = Gauge("liveledger_start_time_seconds", "Start of the supervisor", registry=registry)
        self.started.set(time.time())
        self.answers = Gauge(
            "liveledger_engine_answers", "Whether an engine answers its RPC", ["process"], registry=registry
        )
        self.peers = Gauge("liveledger_peers", "Connected peers", ["network"], registry=registry)
        self.catching_up = Gauge("liveledger_catching_up", "Whether CometBFT is syncing blocks", registry=registry)
        self.disk_free = Gauge("liveledger_disk_free_bytes", "Free space where the node is", registry=registry)
        self.disk_size = Gauge("liveledger_disk_size_bytes", "Size of that file system", registry=registry)
        self.disk_used = Gauge("liveledger_disk_used_bytes", "What the node's files take", ["part"], registry=registry)
        self.hash_batches_missing = Gauge(
            "liveledger_block_hash_batches_missing", "Complete batches not archived", registry=registry
        )
        self._build = Info("liveledger_build", "Versions of what runs", registry=registry)
        registry.register(ProcessCollector(os.getpid()))

    def describe(self, engines: Engines) -> None:
        """Notes the versions of what runs. Raises ConfigurationError when an engine carries none."""
        self._build.info(
            {
                "liveledger": version("liveledger"),
                "rules": str(RULES_VERSION),
                "geth": embedded_version(engines.geth)[1],
                "cometbft": embedded_version(engines.cometbft)[1],
            }
        )
