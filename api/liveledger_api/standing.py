"""How far outbox and index are, for the metrics."""

from __future__ import annotations

import time

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.movements.lanes import parked_count
from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import LiveLedgerError
from liveledger_api.loops import Loops
from liveledger_api.metrics import Standing
from liveledger_api.parts import Follower


class Standings:
    """Looks at the outbox, the index and the workers; ``ready_lag`` blocks are still up to date."""

    def __init__(self, ledger: Ledger, outbox: Outbox, follower: Follower, workers: Loops, ready_lag: int) -> None:
        self._ledger = ledger
        self._outbox = outbox
        self._follower = follower
        self._workers = workers
        self._ready_lag = ready_lag

    def __call__(self) -> Standing:
        """The figures of this moment; those of the chain are None while the node is away."""
        pending, since = self._outbox.backlog()
        blocks, seconds = self._lag()
        follows = self._follower.loop.error is None and blocks is not None and blocks <= self._ready_lag
        return Standing(
            outbox_pending=pending,
            outbox_oldest_seconds=max(0.0, time.time() - since) if since is not None else 0.0,
            index_height=self._follower.height,
            index_lag_blocks=blocks,
            index_lag_seconds=seconds,
            up_to_date=follows,
            failing_workers=len(self._workers.failing()),
            movements_parked=parked_count(self._outbox),
        )

    def _lag(self) -> tuple[int | None, float | None]:
        """Blocks, and seconds of the chain's own time, between the newest final block and the index."""
        execution, indexed = self._ledger.execution, self._follower.height
        try:
            final = final_height(self._ledger)
            if final <= indexed:
                return 0, 0.0
            return final - indexed, float(execution.block(final).time - execution.block(indexed).time)
        except LiveLedgerError:
            # The node is away, or has trouble: its own metrics and the health report say so.
            return None, None
