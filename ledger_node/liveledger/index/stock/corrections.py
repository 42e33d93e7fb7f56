"""Batches that two organisations agreed to, and how much a brand lets one organisation adjust alone in a day."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.bindings.stock_ledger import AdjustmentLimitSetEvent, BatchAgreedEvent
from liveledger.chain.rpc.records import Log
from liveledger.index.heads import Heads, Place
from liveledger.index.stock.tables import adjustment_limits, agreed_batches
from liveledger.index.writer import Writer


@dataclass(frozen=True, slots=True)
class AgreedBatchRow:
    """A posted batch (account, lane, number) with the account and organisation that agreed to it."""

    poster: bytes
    lane: int
    sequence: int
    signer: bytes
    second: int
    block: int
    block_time: int
    log_index: int


@dataclass(frozen=True, slots=True)
class LimitRow:
    """Units of each of a brand's SKUs that one organisation may adjust alone in a day, as it was set last."""

    brand: int
    units: int
    by: bytes
    block: int
    block_time: int


def batch_agreed(_heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``BatchAgreed``: the batch itself was posted by the event before it."""
    event = BatchAgreedEvent.decode(log.topics, log.data)
    row = {"poster": event.poster, "lane": event.lane, "sequence": event.sequence, "signer": event.signer}
    row |= {"second": event.second, "block": place.block_number, "block_time": place.block_time}
    writer.add(agreed_batches, row | {"log_index": place.log_index})


def limit_set(_heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``AdjustmentLimitSet``: replaces what the brand said before."""
    event = AdjustmentLimitSetEvent.decode(log.topics, log.data)
    row = {"brand": event.brand, "units": event.units, "by": event.by}
    writer.put(adjustment_limits, row | {"block": place.block_number, "block_time": place.block_time})


def agreed(session: Session, limit: int) -> list[AgreedBatchRow]:
    """The newest co-signed batches, newest first."""
    columns = agreed_batches.c
    query = select(agreed_batches).order_by(columns.block.desc(), columns.log_index.desc()).limit(limit)
    return [AgreedBatchRow(*row) for row in session.execute(query)]


def limits(session: Session) -> list[LimitRow]:
    """The limits that brands set, by brand; all others have the ledger's own."""
    return [LimitRow(*row) for row in session.execute(select(adjustment_limits).order_by(adjustment_limits.c.brand))]


HANDLERS = {BatchAgreedEvent.TOPIC: batch_agreed, AdjustmentLimitSetEvent.TOPIC: limit_set}
