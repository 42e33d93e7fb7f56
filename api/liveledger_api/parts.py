"""Everything that the routes stand on, built once when the server starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height, verifiable_height
from liveledger.index.follower import CursorMoved, Index
from liveledger.prover.prover import Prover
from liveledger.prover.stored_index import StoredIndex
from liveledger_api.access.door import Door
from liveledger_api.accuracy.figures import AccuracyFigures
from liveledger_api.capture.service import CaptureService
from liveledger_api.database import Database
from liveledger_api.loops import Loop, Loops
from liveledger_api.metrics import ApiMetrics
from liveledger_api.movements.service import MovementService
from liveledger_api.off_chain import StoredOffChain
from liveledger_api.provenance.service import EventService
from liveledger_api.readings.service import ReadingService
from liveledger_api.returns.service import ReturnService
from liveledger_api.settings import ApiSettings
from liveledger_api.snapshots.service import SnapshotService
from liveledger_api.stock_health.service import StockHealthService
from liveledger_api.trust.published import PublishedChain


class Follower:
    """Keeps the index at the chain's head, and knows how far it is."""

    def __init__(self, ledger: Ledger, index: Index, seconds: float) -> None:
        self.height = 0
        self._ledger = ledger
        self._index = index
        self.loop = Loop("follower", self._step, seconds)

    def _step(self) -> None:
        try:
            self.height = self._index.catch_up()
        except CursorMoved:  # another process, `liveledger demo` say, follows with the same file: as good
            self.height = self._index.cursor().height

    def state(self) -> dict[str, Any]:
        """Heights of chain and index, what keeps the index from following, and what this release cannot answer.

        Raises Unavailable.
        """
        chain = final_height(self._ledger)
        return {
            "chain_height": chain,
            "verifiable_height": verifiable_height(self._ledger),
            "index_height": self.height,
            "lag_blocks": max(0, chain - self.height),
            "error": self.loop.error,
            "unanswered": self.unanswered(),
        }

    def unanswered(self) -> list[str]:
        """A sentence for each contract of a family that this release cannot speak of, as of the newest look."""
        return [gap.sentence() for gap in self._ledger.manifest.gaps.values()]


@dataclass(frozen=True)
class Parts:
    """The server's parts; ``workers`` work off captures and submissions."""

    settings: ApiSettings
    door: Door
    metrics: ApiMetrics
    ledger: Ledger
    store: Database
    stored_index: StoredIndex
    off_chain: StoredOffChain
    prover: Prover
    events: EventService
    capture: CaptureService
    movements: MovementService
    readings: ReadingService
    snapshots: SnapshotService
    returns: ReturnService
    follower: Follower
    workers: Loops
    stock_health: StockHealthService
    accuracy: AccuracyFigures
    trust_chain: PublishedChain
    archiving: Loop

    def start(self) -> None:
        """Takes up what an earlier run left open, and starts following and working."""
        self.movements.resume()
        self.returns.resume()
        self.follower.loop.start()
        self.workers.start()
        self.archiving.start()

    def stop(self) -> None:
        """Stops all, after the step that they are in."""
        self.archiving.stop()
        self.workers.stop()
        self.follower.loop.stop()
