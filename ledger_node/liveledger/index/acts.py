"""Administrative acts: leaves of one stream in each contract of genesis that keeps such a log."""

from __future__ import annotations

from liveledger.bindings.governance import ActRecordedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.streams import ACTS_STREAM
from liveledger.index.heads import Heads, Place
from liveledger.index.writer import Writer

CONSORTIUM = "Consortium"
GOVERNANCE = "Governance"
DIRECTORY = "Directory"
CREATOR = "Creator"
KEPT_BY = (CONSORTIUM, GOVERNANCE, DIRECTORY, CREATOR)
TOPIC = ActRecordedEvent.TOPIC


class ActHandler:
    """Handles ``ActRecorded`` of one contract; the event is the same in all."""

    def __init__(self, contract: str) -> None:
        self._contract = contract

    def __call__(self, heads: Heads, writer: Writer, log: Log, place: Place) -> None:
        """One leaf, whose payload is the call itself."""
        event = ActRecordedEvent.decode(log.topics, log.data)
        heads.load(writer.connection, self._contract, [ACTS_STREAM])
        heads.append(self._contract, ACTS_STREAM, 1, place, event.poster, event.data)
