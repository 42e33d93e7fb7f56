"""Reports on the capital of brands: one leaf each in the brand's stream of StockHealth."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.bindings.stock_health import CapitalReportedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.money import Bps, Fen
from liveledger.domain.payloads import CapitalEntry
from liveledger.domain.streams import brand_stream
from liveledger.index.heads import Heads, Place
from liveledger.index.tables import capital_reports
from liveledger.index.writer import Writer

STOCK_HEALTH = "StockHealth"


@dataclass(frozen=True, slots=True)
class CapitalRow:
    """A report on a brand's capital: values in fen, the period in Unix seconds, the share in basis points."""

    brand: int
    block: int
    log_index: int
    block_time: int
    poster: bytes
    organisation: int
    stock_value_fen: int
    revenue_fen: int
    period_from: int
    period_to: int
    at_block: int
    evidence_root: bytes
    share_bps: int


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


def reports_on(session: Session, brand: int) -> list[CapitalRow]:
    """All reports on a brand's capital, in the order of the chain."""
    columns = capital_reports.c
    query = select(capital_reports).where(columns.brand == brand).order_by(columns.block, columns.log_index)
    return [CapitalRow(*row) for row in session.execute(query)]
