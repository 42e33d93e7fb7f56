"""Batches of block hashes: archived roots, and the hashes from which a block's path is made again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from liveledger.bindings import block_hashes
from liveledger.bindings.block_hashes import HashesArchivedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.block_hashes import HASHES_A_BATCH, batch_root, first_of
from liveledger.index.chain import tables as t
from liveledger.index.heads import Heads, Place
from liveledger.index.writer import Writer

CONTRACT = block_hashes.NAME


def hashes_archived(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
    """A batch was archived: by anybody, once."""
    found = HashesArchivedEvent.decode(log.topics, log.data)
    writer.add(t.hash_batches, {"batch": found.batch, "root": found.root, "block": log.block_number})


HANDLERS = {CONTRACT: {HashesArchivedEvent.TOPIC: hashes_archived}}


def hashes_between(session: Session | Connection, first: int, end: int) -> list[bytes]:
    """Hashes of the blocks ``first`` to ``end − 1``, of those that the index has: it begins at block 1."""
    query = select(t.blocks.c.hash).where(t.blocks.c.height >= first, t.blocks.c.height < end)
    return list(session.execute(query.order_by(t.blocks.c.height)).scalars())


def recomputed(live: Connection, genesis: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each archived batch with its root and the root over the index's own hashes; ``genesis``: hash of block 0.

    A batch of which the index lacks a block has no root of its own: empty.
    """
    for batch, root in live.execute(select(t.hash_batches.c.batch, t.hash_batches.c.root)).all():
        hashes = _whole(live, batch, genesis)
        yield batch, root, batch_root(hashes) if len(hashes) == HASHES_A_BATCH else b""


def _whole(live: Connection, batch: int, genesis: bytes) -> Sequence[bytes]:
    hashes = hashes_between(live, first_of(batch), first_of(batch + 1))
    return hashes if batch else [genesis, *hashes]
