"""What a sender counts. The registry is the entrypoint's; two senders of one process share one SenderMetrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram


class SenderMetrics:
    """Counters of the one way to write."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.registry = registry
        self.acknowledged = Counter("liveledger_sender_acknowledged", "Requests kept in the outbox", registry=registry)
        self.sent = Counter("liveledger_sender_sent", "Transactions handed to the pool", registry=registry)
        self.resent = Counter("liveledger_sender_resent", "Transactions handed to the pool again", registry=registry)
        self.outbid = Counter("liveledger_sender_outbid", "Replacements with higher fees", registry=registry)
        self.final = Counter("liveledger_sender_final", "Requests that are final", ["status"], registry=registry)
        self.refused = Counter("liveledger_sender_refused", "Refusals by the pool", registry=registry)
        self.movements_refused = Counter(
            "liveledger_movements_refused", "Movements refused after they were acknowledged", registry=registry
        )
        self.finality = Histogram(
            "liveledger_sender_finality_seconds",
            "From the outbox to the commit",
            buckets=(0.25, 0.5, 1, 1.5, 2, 2.5, 3, 5, 10, 30, 60),
            registry=registry,
        )
