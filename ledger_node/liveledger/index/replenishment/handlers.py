"""Replenishment: leaves of a brand's policy and of a SKU's orders. Both events carry their leaf's payload."""

from __future__ import annotations

from liveledger.bindings.replenishment import OrderRecordedEvent, PolicyChangedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.orders import orders_stream, policy_stream
from liveledger.index.heads import Heads, Place
from liveledger.index.writer import Writer

REPLENISHMENT = "Replenishment"


def policy_changed(heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``PolicyChanged``: one leaf, whose payload is the call itself."""
    event = PolicyChangedEvent.decode(log.topics, log.data)
    stream = policy_stream(event.brand)
    heads.load(writer.connection, REPLENISHMENT, [stream])
    heads.append(REPLENISHMENT, stream, 1, place, event.poster, event.data)


def order_recorded(heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``OrderRecorded``: one leaf, an order or an end."""
    event = OrderRecordedEvent.decode(log.topics, log.data)
    stream = orders_stream(event.sku)
    heads.load(writer.connection, REPLENISHMENT, [stream])
    heads.append(REPLENISHMENT, stream, 1, place, event.poster, event.entry)


HANDLERS = {
    REPLENISHMENT: {PolicyChangedEvent.TOPIC: policy_changed, OrderRecordedEvent.TOPIC: order_recorded},
}
