"""Reports on the capital of brands: one leaf each in the brand's stream of StockHealth."""

from __future__ import annotations

from liveledger.bindings.stock_health import CapitalReportedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.money import Bps, Fen
from liveledger.domain.payloads import CapitalEntry
from liveledger.domain.streams import brand_stream
from liveledger.index.heads import Heads, Place
from liveledger.index.stock_health.tables import capital_reports
from liveledger.index.writer import Writer

STOCK_HEALTH = "StockHealth"


def capital_reported(heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``CapitalReported``: one leaf in the brand's stream."""
    event = CapitalReportedEvent.decode(log.topics, log.data)
    entry = CapitalEntry(
        event.organisation,
        Fen(event.stock_value_fen),
        Fen(event.revenue_fen),
        event.period_from,
        event.period_to,
        event.at_block,
        event.evidence_root,
        Bps(event.share_bps),
    )
    stream = brand_stream(event.brand)
    heads.load(writer.connection, STOCK_HEALTH, [stream])
    heads.append(STOCK_HEALTH, stream, 1, place, event.poster, entry.encode())
    writer.add(
        capital_reports,
        {
            "brand": event.brand,
            "block": place.block_number,
            "log_index": place.log_index,
            "block_time": place.block_time,
            "poster": event.poster,
            "organisation": entry.organisation,
            "stock_value_fen": entry.stock_value_fen,
            "revenue_fen": entry.revenue_fen,
            "period_from": entry.period_from,
            "period_to": entry.period_to,
            "at_block": entry.at_block,
            "evidence_root": entry.evidence_root,
            "share_bps": entry.share_bps,
        },
    )


HANDLERS = {STOCK_HEALTH: {CapitalReportedEvent.TOPIC: capital_reported}}
