"""What the ABCI application measures, in a registry of its own. docs/metrics.md lists every metric with its unit."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
# A block's time is the votes' time of the block before it: about a second has passed when all is well.
_FINALITY_SECONDS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


class BridgeMetrics:
    """Counters, gauges and histograms of one node's ABCI application."""

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
        self._add_times()
        self._add_consensus()
        self._add_membership()
        self._add_pool()

    def _add_times(self) -> None:
        """The three times of a block: built by this node, executed by it, final."""
        self.build = Histogram(
            "liveledger_build_seconds", "Time to make a proposal", buckets=_SECONDS, registry=self.registry
        )
        self.execute = Histogram(
            "liveledger_execute_seconds", "Time to execute a decided block", buckets=_SECONDS, registry=self.registry
        )
        self.finality = Histogram(
            "liveledger_finality_seconds",
            "Wall clock at the commit minus the block's time",
            buckets=_FINALITY_SECONDS,
            registry=self.registry,
        )
        self.clock_offset = Gauge(
            "liveledger_clock_offset_seconds", "This clock minus the proposed block's time", registry=self.registry
        )

    def _add_consensus(self) -> None:
        """How hard the validators find it to agree, and how far this node is."""
        self.commit_round = Gauge(
            "liveledger_commit_round", "Round in which the newest block's parent was committed", registry=self.registry
        )
        self.lost_rounds = Counter(
            "liveledger_lost_rounds_total", "Rounds that ended without a block", registry=self.registry
        )
        self.replayed = Counter(
            "liveledger_replayed_blocks_total", "Blocks executed without a vote", registry=self.registry
        )
        self.target_height = Gauge(
            "liveledger_target_height", "Height that CometBFT replays or syncs to", registry=self.registry
        )

    def _add_membership(self) -> None:
        """The validators, by the commit in the newest block, and who was kept out."""
        self.validators = Gauge("liveledger_validators", "Validators of the set", registry=self.registry)
        self.voting_power = Gauge("liveledger_voting_power", "This validator's power", registry=self.registry)
        self.total_power = Gauge("liveledger_total_power", "Power of all validators", registry=self.registry)
        self.signed_power = Gauge(
            "liveledger_signed_power", "Power that signed the newest block's parent", registry=self.registry
        )
        self.peer_refusals = Counter(
            "liveledger_peer_refusals_total", "Peers refused by the contract", ["filter"], registry=self.registry
        )
        self.validator_changes = Counter(
            "liveledger_validator_changes_total", "Key changes of the contract", ["result"], registry=self.registry
        )

    def _add_pool(self) -> None:
        """What waits to enter a block."""
        self.pool_waiting = Gauge("liveledger_pool_transactions", "Transactions that wait", registry=self.registry)
        self.pool_bytes = Gauge("liveledger_pool_bytes", "Their bytes", registry=self.registry)
        self.pool_share = Gauge(
            "liveledger_pool_largest_share", "Part of them that one organisation has", registry=self.registry
        )
        self.base_fee = Gauge("liveledger_base_fee_wei", "Base fee of the next block", registry=self.registry)
        self.pool_refusals = Counter(
            "liveledger_pool_refusals_total", "Transactions not taken or dropped", ["reason"], registry=self.registry
        )
        self.organisation_gas = Counter(
            "liveledger_organisation_gas_total", "Gas limits in blocks", ["organisation"], registry=self.registry
        )
        self.block_gas = Gauge(
            "liveledger_block_gas_budget", "Gas that the next block may hold", registry=self.registry
        )
