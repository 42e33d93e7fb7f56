"""Gradings of returned goods, and what was carried out of them."""

from __future__ import annotations

from liveledger.bindings.returns import ClosedEvent, GradedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.returns import unpack
from liveledger.domain.streams import return_stream
from liveledger.index.heads import Heads, Place
from liveledger.index.returns.tables import gradings
from liveledger.index.writer import Writer

RETURNS = "Returns"


def acted(heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``Graded`` or ``Closed``: one leaf in the SKU's return stream, one row an entry."""
    kind = GradedEvent if log.topics[0] == GradedEvent.TOPIC else ClosedEvent
    event = kind.decode(log.topics, log.data)
    grading, stream = unpack(event.sku, event.payload), return_stream(event.sku)
    heads.load(writer.connection, RETURNS, [stream])
    first = heads.count(RETURNS, stream)
    heads.append(RETURNS, stream, len(grading.entries), place, event.grader, event.payload)
    for position, entry in enumerate(grading.entries, first):
        row = {
            "sku": event.sku,
            "position": position,
            "act": int(grading.act),
            "organisation": grading.organisation,
            "poster": event.grader,
            "lot": entry.lot,
            "place": entry.place,
            "quantity": entry.quantity,
            "grade": int(entry.grade),
            "disposition": int(entry.disposition),
            "documents_root": grading.documents_root,
            "block": place.block_number,
            "block_time": place.block_time,
            "tx_index": place.tx_index,
            "log_index": place.log_index,
        }
        writer.add(gradings, row)


HANDLERS = {RETURNS: {GradedEvent.TOPIC: acted, ClosedEvent.TOPIC: acted}}
