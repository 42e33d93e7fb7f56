"""Questions to the index. Every function takes a session and reads; none writes or commits."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Table, func, select, tuple_
from sqlalchemy.orm import Session

from liveledger.domain.movements import part, unpack_group
from liveledger.domain.streams import sku_stream
from liveledger.index import tables as t
from liveledger.index.rows import (
    AccountRow,
    AgreementRow,
    Balance,
    BatchRow,
    BlockRow,
    Counters,
    EventRow,
    FeedRow,
    GradingRow,
    LeafRow,
    LotRow,
    MovementRow,
    OrganisationRow,
    PlaceRow,
    ReportRow,
    SessionRow,
    SettlementInput,
    SkuRow,
    StreamRow,
)

_Row = TypeVar("_Row")
_LEAF_COLUMNS = (
    t.leaves.c.first_index,
    t.leaves.c.n,
    t.leaves.c.block_number,
    t.leaves.c.block_time,
    t.leaves.c.tx_index,
    t.leaves.c.log_index,
    t.leaves.c.poster,
    t.leaves.c.payload,
    t.leaves.c.leaf_hash,
    t.leaves.c.head_before,
)


def height(session: Session) -> int:
    """The last block that is in the index."""
    return int(session.execute(select(t.cursor.c.height)).scalar_one())


def block(session: Session, number: int) -> BlockRow | None:
    """A block by its height."""
    return _one(session, BlockRow, t.blocks, height=number)


def block_at(session: Session, time: int) -> BlockRow | None:
    """The newest block that is not later than ``time`` (Unix seconds); None before the first one.

    Times grow with heights, so heights are halved: by its times a table of millions would be read from end to end.
    """
    low, high = 0, height(session)
    while low < high:
        middle = (low + high + 1) // 2
        row = block(session, middle)
        if row is not None and row.time <= time:
            low = middle
        else:
            high = middle - 1
    return block(session, low) if low else None


def set_changes(session: Session, after: int, before: int) -> list[int]:
    """Heights between both (exclusive) whose header names another validator set for the next height, ascending."""
    query = (
        select(t.blocks.c.height)
        .where(t.blocks.c.set_change, t.blocks.c.height > after, t.blocks.c.height < before)
        .order_by(t.blocks.c.height)
    )
    return list(session.execute(query).scalars())


def organisation_by_gln(session: Session, gln: int) -> OrganisationRow | None:
    """The organisation with a GLN."""
    return _one(session, OrganisationRow, t.organisations, gln=gln)


def organisation(session: Session, number: int) -> OrganisationRow | None:
    """The organisation with a number."""
    return _one(session, OrganisationRow, t.organisations, number=number)


def account(session: Session, address: bytes) -> AccountRow | None:
    """A registered account."""
    return _one(session, AccountRow, t.accounts, address=address)


def place_by_gln(session: Session, gln: int) -> PlaceRow | None:
    """The place with a GLN."""
    return _one(session, PlaceRow, t.places, gln=gln)


def place(session: Session, number: int) -> PlaceRow | None:
    """The place with a number."""
    return _one(session, PlaceRow, t.places, number=number)


def sku_by_code(session: Session, brand: int, code: str) -> SkuRow | None:
    """The SKU that a brand calls ``code``."""
    row = session.execute(select(t.skus).where(t.skus.c.brand == brand, t.skus.c.code == code.encode())).first()
    return None if row is None else _sku(row)


def sku(session: Session, number: int) -> SkuRow | None:
    """The SKU with a number."""
    row = session.execute(select(t.skus).where(t.skus.c.sku == number)).first()
    return None if row is None else _sku(row)


def skus_of(session: Session, brand: int, start: int, limit: int) -> list[SkuRow]:
    """SKUs of a brand, by number, from the number ``start`` on."""
    query = select(t.skus).where(t.skus.c.brand == brand, t.skus.c.sku >= start).order_by(t.skus.c.sku).limit(limit)
    return [_sku(row) for row in session.execute(query)]


def lot_by_code(session: Session, sku: int, code: str) -> LotRow | None:
    """The lot of a SKU whose label says ``code``."""
    row = session.execute(select(t.lots).where(t.lots.c.sku == sku, t.lots.c.code == code.encode())).first()
    return None if row is None else _lot(row)


def lots_of(session: Session, sku: int, start: int, limit: int) -> list[LotRow]:
    """Lots of a SKU by number, from ``start`` on."""
    query = select(t.lots).where(t.lots.c.sku == sku, t.lots.c.lot >= start).order_by(t.lots.c.lot).limit(limit)
    return [_lot(row) for row in session.execute(query)]


def balance(session: Session, sku: int, place: int, lot: int = 0) -> Balance:
    """Stock of a SKU's lot at a place; zero where nothing ever was."""
    return _one(session, Balance, t.balances, skip=3, sku=sku, lot=lot, place=place) or Balance()


def balances_of(session: Session, sku: int) -> dict[tuple[int, int], Balance]:
    """Stock of a SKU by lot and place."""
    query = select(t.balances).where(t.balances.c.sku == sku).order_by(t.balances.c.lot, t.balances.c.place)
    return {(row[1], row[2]): Balance(*row[3:]) for row in session.execute(query)}


def counters(session: Session, sku: int) -> Counters:
    """Counters of a SKU; zero when it never moved."""
    return _one(session, Counters, t.counters, skip=1, sku=sku) or Counters()


def movements(session: Session, sku: int, start: int, limit: int) -> list[MovementRow]:
    """Movements of a SKU in the order of the chain, from number ``start`` on, at most ``limit``."""
    found: list[MovementRow] = []
    for leaf in leaves_between(session, "StockLedger", sku_stream(sku), start, start + limit):
        first, last = max(start, leaf.first_index), min(start + limit, leaf.first_index + leaf.n)
        if first < last:  # else the stream ends before it
            asked = part(leaf.payload, first - leaf.first_index, last - leaf.first_index)
            for index, movement in enumerate(unpack_group(sku, asked), first):
                found.append(MovementRow(index, movement, leaf.block_number, leaf.block_time, leaf.poster))
    return found


def stream(session: Session, contract: str, stream_id: bytes) -> StreamRow | None:
    """Head and count of a stream; None when it has no entry."""
    query = select(t.streams.c.head, t.streams.c["count"]).where(
        t.streams.c.contract == contract, t.streams.c.stream_id == stream_id
    )
    row = session.execute(query).first()
    return None if row is None else StreamRow(*row)


def leaves(session: Session, contract: str, stream_id: bytes, start: int, limit: int) -> list[LeafRow]:
    """At most ``limit`` leaves of a stream, in order, from the one that holds entry number ``start`` on."""
    query = _leaves_from(contract, stream_id, start).limit(limit)
    return [LeafRow(*row) for row in session.execute(query)]


def leaves_between(session: Session, contract: str, stream_id: bytes, first: int, last: int) -> list[LeafRow]:
    """Leaves, in order, from the one that holds entry ``first`` to the one that holds entry ``last − 1``."""
    query = _leaves_from(contract, stream_id, first).where(t.leaves.c.first_index < last)
    return [LeafRow(*row) for row in session.execute(query)]


def leaf_hashes(session: Session, contract: str, stream_id: bytes, first: int, last: int) -> list[bytes]:
    """Hashes of the leaves that begin at entry ``first`` or later and before entry ``last``, in order."""
    query = (
        select(t.leaves.c.leaf_hash)
        .where(t.leaves.c.stream == _stream_number(contract, stream_id))
        .where(t.leaves.c.first_index >= first, t.leaves.c.first_index < last)
        .order_by(t.leaves.c.first_index)
    )
    return list(session.execute(query).scalars())


def leaf_block(session: Session, contract: str, stream_id: bytes, first: int, offset: int) -> int | None:
    """Block of the leaf ``offset`` leaves behind the one that begins at entry ``first``; None beyond the end."""
    query = (
        select(t.leaves.c.block_number)
        .where(t.leaves.c.stream == _stream_number(contract, stream_id), t.leaves.c.first_index >= first)
        .order_by(t.leaves.c.first_index)
        .offset(offset)
        .limit(1)
    )
    return session.execute(query).scalar()


def batch(session: Session, poster: bytes, lane: int, sequence: int) -> BatchRow | None:
    """A posted batch."""
    return _one(session, BatchRow, t.batches, poster=poster, lane=lane, sequence=sequence)


def event(session: Session, poster: bytes, event_hash: bytes) -> EventRow | None:
    """An event that ``poster`` anchored; another organisation may have anchored the same hash."""
    return _one(session, EventRow, t.events, event_hash=event_hash, poster=poster)


def items_of(session: Session, poster: bytes, event_hash: bytes) -> list[bytes]:
    """Streams of the items that an event of ``poster`` names, ascending."""
    items = t.event_items.c
    query = select(items.item).where(items.event_hash == event_hash, items.poster == poster).order_by(items.item)
    return list(session.execute(query).scalars())


def corrections(session: Session, event_hash: bytes) -> list[EventRow]:
    """Events that declare ``event_hash`` in error, in the order of the chain."""
    query = select(t.events).where(t.events.c.corrects == event_hash).order_by(t.events.c.block, t.events.c.log_index)
    return [EventRow(*row) for row in session.execute(query)]


def feed(session: Session, feed_id: bytes) -> FeedRow | None:
    """A feed of reports."""
    return _one(session, FeedRow, t.feeds, feed_id=feed_id)


def reports(session: Session, feed_id: bytes, start: int, limit: int) -> list[ReportRow]:
    """Reports of a feed by sequence number, from ``start`` on."""
    query = (
        select(t.reports)
        .where(t.reports.c.feed_id == feed_id, t.reports.c.sequence >= start)
        .order_by(t.reports.c.sequence)
        .limit(limit)
    )
    return [ReportRow(*row) for row in session.execute(query)]


def agreement(session: Session, agreement_id: bytes) -> AgreementRow | None:
    """An agreement."""
    return _one(session, AgreementRow, t.agreements, agreement_id=agreement_id)


def settlement_session(session: Session, session_id: bytes) -> SessionRow | None:
    """A settlement session."""
    return _one(session, SessionRow, t.sessions, session_id=session_id)


def sessions_of(session: Session, agreement_id: bytes) -> list[SessionRow]:
    """Sessions of an agreement, in the order of their opening."""
    query = (
        select(t.sessions)
        .where(t.sessions.c.agreement_id == agreement_id)
        .order_by(t.sessions.c.opened_block, t.sessions.c.starts_at)
    )
    return [SessionRow(*row) for row in session.execute(query)]


def settlement_inputs(session: Session, session_id: bytes) -> list[SettlementInput]:
    """Inputs of a settlement in the order of its pages."""
    rows = t.settlement_rows
    query = select(rows).where(rows.c.session_id == session_id).order_by(rows.c.page, rows.c.position)
    return [SettlementInput(*row[3:]) for row in session.execute(query)]


def gradings(session: Session, sku: int, start: int, limit: int) -> list[GradingRow]:
    """Gradings and closings of a SKU in the order of the chain, from number ``start`` on."""
    query = (
        select(t.gradings)
        .where(t.gradings.c.sku == sku, t.gradings.c.position >= start)
        .order_by(t.gradings.c.position)
        .limit(limit)
    )
    return [GradingRow(*row) for row in session.execute(query)]


def gradings_of_brand(session: Session, brand: int, after: tuple[int, int, int], limit: int) -> list[GradingRow]:
    """Gradings and closings of all SKUs of a brand behind one of them, in the order of the chain.

    ``after``: block, number of the log in it, position in the SKU's stream; a block of many is read in several pages.
    """
    columns = t.gradings.c
    place = tuple_(columns.block, columns.log_index, columns.position)
    query = (
        select(t.gradings)
        .where(columns.sku >= brand << 20, columns.sku < (brand + 1) << 20, place > after)
        .order_by(columns.block, columns.log_index, columns.position)
        .limit(limit)
    )
    return [GradingRow(*row) for row in session.execute(query)]


def _leaves_from(contract: str, stream_id: bytes, start: int) -> Any:
    number = _stream_number(contract, stream_id)
    holding = (
        select(func.max(t.leaves.c.first_index))
        .where(t.leaves.c.stream == number, t.leaves.c.first_index <= start)
        .scalar_subquery()
    )
    return (
        select(*_LEAF_COLUMNS)
        .where(t.leaves.c.stream == number, t.leaves.c.first_index >= holding)
        .order_by(t.leaves.c.first_index)
    )


def _stream_number(contract: str, stream_id: bytes) -> Any:
    return (
        select(t.streams.c.id)
        .where(t.streams.c.contract == contract, t.streams.c.stream_id == stream_id)
        .scalar_subquery()
    )


def _sku(row: Any) -> SkuRow:
    return SkuRow(row.sku, row.brand, row.code.decode("utf-8", "backslashreplace"), row.gtin, row.unit, row.block)


def _lot(row: Any) -> LotRow:
    return LotRow(row.sku, row.lot, row.code.decode("utf-8", "backslashreplace"), row.expiry, row.block)


def _one(session: Session, kind: type[_Row], table: Table, *, skip: int = 0, **where: object) -> _Row | None:
    """The row of ``table`` whose columns equal ``where``, as ``kind``, without its first ``skip`` columns."""
    query = select(table).where(*(table.c[name] == value for name, value in where.items()))
    row = session.execute(query).first()
    return None if row is None else kind(*row[skip:])
