"""What the calls of CometBFT tell about the network's health, kept in the metrics; it decides nothing."""

from __future__ import annotations

from typing import Any

from liveledger.consensus.clock import Clock
from liveledger.consensus.metrics import BridgeMetrics

# BlockIDFlag of CometBFT: the vote was for the block.
_SIGNED = 2


class BlockWatch:
    """Follows each block from its proposal to its commit. ``address`` (20 bytes) is this validator's."""

    def __init__(self, metrics: BridgeMetrics, clock: Clock, address: bytes) -> None:
        self._metrics = metrics
        self._clock = clock
        self._address = address
        self._voted = -1
        self._live = False
        self._block_time = 0.0

    def proposed(self, height: int, block_time: float) -> None:
        """A proposal for ``height`` is judged; ``block_time`` is Unix seconds."""
        self._voted = height
        self._metrics.clock_offset.set(self._clock.now() - block_time)

    def decided(self, request: Any) -> None:
        """A block was decided (RequestFinalizeBlock). Blocks that were never judged come from a replay or a sync."""
        self._live = request.height == self._voted
        self._block_time = request.time.seconds + request.time.nanos / 1e9
        commit = request.decided_last_commit
        if not commit.votes:
            return
        powers = [(vote.validator.address, vote.validator.power, vote.block_id_flag) for vote in commit.votes]
        self._metrics.validators.set(len(powers))
        self._metrics.total_power.set(sum(power for _, power, _ in powers))
        self._metrics.signed_power.set(sum(power for _, power, flag in powers if flag == _SIGNED))
        self._metrics.voting_power.set(sum(power for address, power, _ in powers if address == self._address))
        self._metrics.commit_round.set(commit.round)
        if self._live:
            self._metrics.lost_rounds.inc(commit.round)

    def committed(self) -> None:
        """The decided block is the engine's head now."""
        if self._live:
            self._metrics.finality.observe(max(0.0, self._clock.now() - self._block_time))
        else:
            self._metrics.replayed.inc()
