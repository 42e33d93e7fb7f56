"""One range of blocks, from events to rows."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from liveledger.bindings.accuracy import AccuracyRecordedEvent
from liveledger.bindings.provenance import EventAnchoredEvent
from liveledger.bindings.report_hub import FeedOpenedEvent, ReportSubmittedEvent, SignersRotatedEvent
from liveledger.bindings.returns import ClosedEvent, GradedEvent
from liveledger.bindings.settlement import (
    AgreementRegisteredEvent,
    DuePaidEvent,
    EscrowDepositedEvent,
    EscrowWithdrawnEvent,
    PageSettledEvent,
    PageSnapshottedEvent,
    SessionOpenedEvent,
    SessionSettledEvent,
    SessionVoidedEvent,
)
from liveledger.bindings.stock_health import CapitalReportedEvent
from liveledger.bindings.stock_ledger import BatchPostedEvent
from liveledger.chain.contracts.manifest import Manifest
from liveledger.chain.contracts.succession import StockLine
from liveledger.chain.rpc.records import Log
from liveledger.index import (
    accuracy,
    acts,
    anchors,
    capital,
    corrections,
    hash_batches,
    replenishment,
    returns,
    settlements,
)
from liveledger.index.heads import Heads, Place
from liveledger.index.registry import CONSORTIUM_HANDLERS, STOCK_HANDLERS, VALIDATORS, VALIDATORS_HANDLERS
from liveledger.index.registry import Handler as PlainHandler
from liveledger.index.source import Range
from liveledger.index.stock import CONTRACT as STOCK_LEDGER
from liveledger.index.stock import Posted, Stock
from liveledger.index.tables import blocks
from liveledger.index.writer import Writer

Handler = Callable[[Heads, Writer, Log, Place], None]

CONSORTIUM = acts.CONSORTIUM
FOLLOWED = (
    *acts.KEPT_BY,
    VALIDATORS,
    STOCK_LEDGER,
    anchors.PROVENANCE,
    anchors.REPORT_HUB,
    settlements.SETTLEMENT,
    returns.RETURNS,
    capital.STOCK_HEALTH,
    accuracy.ACCURACY,
    replenishment.REPLENISHMENT,
)

_PROVENANCE: dict[bytes, Handler] = {EventAnchoredEvent.TOPIC: anchors.event_anchored}
_REPORT_HUB: dict[bytes, Handler] = {
    FeedOpenedEvent.TOPIC: anchors.feed_opened,
    SignersRotatedEvent.TOPIC: anchors.signers_rotated,
    ReportSubmittedEvent.TOPIC: anchors.report_submitted,
}
_SETTLEMENT: dict[bytes, Handler] = {
    AgreementRegisteredEvent.TOPIC: settlements.agreement_registered,
    SessionOpenedEvent.TOPIC: settlements.session_opened,
    PageSnapshottedEvent.TOPIC: settlements.page_snapshotted,
    PageSettledEvent.TOPIC: settlements.page_settled,
    SessionSettledEvent.TOPIC: settlements.session_settled,
    SessionVoidedEvent.TOPIC: settlements.session_voided,
    DuePaidEvent.TOPIC: settlements.due_paid,
    EscrowDepositedEvent.TOPIC: settlements.escrow_deposited,
    EscrowWithdrawnEvent.TOPIC: settlements.escrow_withdrawn,
}
_RETURNS: dict[bytes, Handler] = {GradedEvent.TOPIC: returns.acted, ClosedEvent.TOPIC: returns.acted}
_STOCK_HEALTH: dict[bytes, Handler] = {CapitalReportedEvent.TOPIC: capital.capital_reported}
_ACCURACY: dict[bytes, Handler] = {AccuracyRecordedEvent.TOPIC: accuracy.accuracy_recorded}


class Applier:
    """Applies ranges one after the other; keeps what was touched lately in memory."""

    def __init__(self, evm_chain_id: int, manifest: Manifest, line: StockLine | None = None) -> None:
        """``line``: the StockLedgers of the ledger, whose events are one history; else the manifest's alone."""
        self.line = line or StockLine((manifest.address(STOCK_LEDGER),))
        streams = {name: manifest.address(name) for name in FOLLOWED}
        self.addresses = {**streams, hash_batches.CONTRACT: manifest.address(hash_batches.CONTRACT)}
        self.followed = [*self.addresses.values(), *self.line.addresses[1:]]
        self.heads = Heads(evm_chain_id, streams)
        self._stock = Stock(self.heads)
        self._handlers: dict[tuple[bytes, bytes], Handler] = {}
        for name, handlers in (
            (CONSORTIUM, CONSORTIUM_HANDLERS),
            (VALIDATORS, VALIDATORS_HANDLERS),
            (STOCK_LEDGER, STOCK_HANDLERS),
            (hash_batches.CONTRACT, hash_batches.HANDLERS),
        ):
            for topic, plain in handlers.items():
                self._handle(name, topic, _without_stream(plain))
        for name in acts.KEPT_BY:
            self._handlers[self.addresses[name], acts.TOPIC] = acts.ActHandler(name)
        for name, streamed in (
            (anchors.PROVENANCE, _PROVENANCE),
            (anchors.REPORT_HUB, _REPORT_HUB),
            (settlements.SETTLEMENT, _SETTLEMENT),
            (returns.RETURNS, _RETURNS),
            (capital.STOCK_HEALTH, _STOCK_HEALTH),
            (accuracy.ACCURACY, _ACCURACY),
            (STOCK_LEDGER, corrections.HANDLERS),
            (replenishment.REPLENISHMENT, replenishment.HANDLERS),
        ):
            for topic, handler in streamed.items():
                self._handle(name, topic, handler)

    def _handle(self, name: str, topic: bytes, handler: Handler) -> None:
        for address in self.line.addresses if name == STOCK_LEDGER else (self.addresses[name],):
            self._handlers[address, topic] = handler

    def apply(self, connection: Connection, part: Range) -> int:
        """Writes what a range changes, inside the caller's transaction; returns the number of movements."""
        writer = Writer(connection)
        self.heads.begin(connection)
        self._stock.begin()
        movements = self._stock.apply(writer, self._batches(part))
        self._others(writer, part)
        for block in part.blocks:
            row = {
                "height": block.number,
                "hash": block.hash,
                "time": block.time,
                "transactions": block.transactions,
                "set_change": block.number in part.set_changes,
            }
            writer.add(blocks, row)
        writer.flush()
        self.heads.write(connection)
        self._stock.write(connection)
        return movements

    def _batches(self, part: Range) -> list[Posted]:
        return [
            Posted(BatchPostedEvent.decode(log.topics, log.data), _place(log, part.times), log.address)
            for log in part.logs
            if log.address in self.line.addresses and log.topics[0] == BatchPostedEvent.TOPIC
        ]

    def _others(self, writer: Writer, part: Range) -> None:
        for log in part.logs:
            handler = self._handlers.get((log.address, log.topics[0])) if log.topics else None
            if handler is not None:
                handler(self.heads, writer, log, _place(log, part.times))


def _without_stream(plain: PlainHandler) -> Handler:
    return lambda _heads, writer, log, _place: plain(writer, log)


def _place(log: Log, times: dict[int, int]) -> Place:
    return Place(log.block_number, times[log.block_number], log.tx_index, log.log_index, log.tx_hash)
