"""A brand's goods as they come onto the ledger: SKUs and their lots."""

from __future__ import annotations

from liveledger.bindings import codec
from liveledger.bindings.stock_ledger import LotCorrectedEvent, LotRegisteredEvent, SkuRegisteredEvent
from liveledger.chain.rpc.records import Log
from liveledger.index.heads import Heads, Place
from liveledger.index.stock.tables import lots, skus
from liveledger.index.writer import Writer


def _sku_registered(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
    # As bytes, not as text: the contract takes any bytes, and the index must not stop at what is no UTF-8.
    sku, brand = codec.decode(("uint32", "uint16"), b"".join(log.topics[1:]))
    code, gtin, unit = codec.decode(("bytes", "uint64", "uint8"), log.data)
    row = {"sku": sku, "brand": brand, "code": code, "gtin": gtin, "unit": unit, "block": log.block_number}
    writer.add(skus, row)


def _lot_registered(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
    sku, lot = codec.decode(("uint32", "uint16"), b"".join(log.topics[1:]))
    code, expiry = codec.decode(("bytes", "uint32"), log.data)
    writer.add(lots, {"sku": sku, "lot": lot, "code": code, "expiry": expiry, "block": log.block_number})


def _lot_corrected(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
    event = LotCorrectedEvent.decode(log.topics, log.data)
    writer.change(lots, {"sku": event.sku, "lot": event.lot}, {"expiry": event.expiry})


HANDLERS = {
    SkuRegisteredEvent.TOPIC: _sku_registered,
    LotRegisteredEvent.TOPIC: _lot_registered,
    LotCorrectedEvent.TOPIC: _lot_corrected,
}
