"""Blocks, streams and their leaves, and how far the index is.

Every function takes a session and reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from liveledger.index.chain import tables as t
from liveledger.index.reading import one


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block; ``set_change``: its header names another validator set for the next height."""

    height: int
    hash: bytes
    time: int
    transactions: int
    set_change: bool


@dataclass(frozen=True, slots=True)
class LeafRow:
    """One leaf of a stream with the head (24 bytes) before it."""

    first_index: int
    n: int
    block_number: int
    block_time: int
    tx_index: int
    log_index: int
    poster: bytes
    payload: bytes
    leaf_hash: bytes
    head_before: bytes


@dataclass(frozen=True, slots=True)
class StreamRow:
    """Head (24 bytes) and count of a stream as far as the index is."""

    head: bytes
    count: int


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
    return one(session, BlockRow, t.blocks, height=number)


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
