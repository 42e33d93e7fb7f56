"""Rebuilds the index from block 1 and compares it with the live one, and both with the chain's own storage (O5)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice, zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Select, Table, select

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.contracts.manifest import FAMILY_OF
from liveledger.domain.block_hashes import root_slot
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.hashing import hex_bytes, mapping_slot, uint_word
from liveledger.domain.streams import stream_slot
from liveledger.index import columns as index_columns
from liveledger.index import families
from liveledger.index.apply import FOLLOWED
from liveledger.index.chain import hash_batches
from liveledger.index.chain import tables as chain_tables
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index, Progress
from liveledger.index.stock import tables as stock_tables
from liveledger.index.stock.batches import CONTRACT as STOCK_LEDGER

# Differences that are shown of one table; the count goes on.
_SHOWN = 5
_CHUNK = 5_000
# A table may be larger than the memory.
_IN_PARTS: dict[str, Any] = {"execution_options": {"yield_per": _CHUNK}}
# A counters' word has `adjusted` in 38 bits; above it stands when the SKU's next cut is due, which is no counter.
_ADJUSTED = (1 << 38) - 1
_BITS = {"counters": (1 << 230) - 1}
_ALL = (1 << 256) - 1
_BALANCES_SLOT = 0
_COUNTERS_SLOT = 1

_Check = tuple[str, bytes, int]


class IndexInconsistent(LiveLedgerError):
    """The live index is not what the chain says. It is derived: remove its file and it is built again."""

    code = "index-inconsistent"
    exit_code = 1


@dataclass(slots=True)
class Report:
    """What was compared up to ``height``, and what differs."""

    height: int
    rows: dict[str, int] = field(default_factory=dict)
    words: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON data."""
        return {
            "ok": not self.differences,
            "height": self.height,
            "rows_compared": self.rows,
            "chain_words_compared": self.words,
            "differences": self.differences,
        }


def fsck(engine: Engine, ledger: Ledger, *, progress: Progress | None = None) -> Report:
    """Brings the live index up to date, then compares it with the chain and with a fresh one, at its height.

    Raises IndexDiffers or BrokenChain when the chain's own events do not lead to its words.
    """
    Index(engine, ledger).complete()
    with engine.connect() as live, tempfile.TemporaryDirectory(prefix="liveledger-fsck-") as folder:
        # One transaction: a follower may go on meanwhile, this stays at one height.
        height = int(live.execute(select(chain_tables.cursor.c.height)).scalar_one())
        report = Report(height)
        reached = families.heights(live)

        def height_of(contract: str) -> int:
            # A family of which the ledger has a later version than this program knows stands still before that.
            return min(height, reached.get(FAMILY_OF.get(contract, ""), height))

        # First, while the height is recent: a compact node forgets older states.
        for name, checks in _WORDS.items():
            report.words[name] = _compare_words(
                ledger, checks(live), height_of, report.differences, bits=_BITS.get(name, _ALL)
            )
        _compare_batches(live, ledger, report.differences)
        fresh_engine = sqlite_engine(Path(folder) / "index.db")
        try:
            Index(fresh_engine, ledger).complete(height, progress)
            with fresh_engine.connect() as fresh:
                for table in index_columns.metadata.sorted_tables:
                    report.rows[table.name] = _compare_table(live, fresh, table, report.differences)
        finally:
            fresh_engine.dispose()
        return report


def _rows_of(table: Table) -> Select[Any]:
    """All that a table says, in an order of its own; numbers of streams and leaves depend on how ranges were cut.

    What a newer release keeps of a family that this one does not know is left to that one.
    """
    own = chain_tables.streams.c.contract.in_(FOLLOWED)
    if table is chain_tables.family_cursors:
        known = chain_tables.family_cursors.c.family
        return select(table).where(known.in_(families.NAMES)).order_by(known)
    if table is chain_tables.streams:
        return (
            select(*_without(chain_tables.streams, "id"))
            .where(own)
            .order_by(chain_tables.streams.c.contract, chain_tables.streams.c.stream_id)
        )
    if table is chain_tables.leaves:
        stream = (chain_tables.streams.c.contract, chain_tables.streams.c.stream_id)
        joined = (
            select(*stream, *_without(chain_tables.leaves, "id", "stream"))
            .join_from(
                chain_tables.leaves,
                chain_tables.streams,
                chain_tables.leaves.c.stream == chain_tables.streams.c.id,
                isouter=True,
            )
            .where(own | chain_tables.streams.c.contract.is_(None))
        )
        return joined.order_by(*stream, chain_tables.leaves.c.first_index)
    return select(table).order_by(*table.primary_key.columns)


def _without(table: Table, *names: str) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in names]


def _compare_table(live: Connection, fresh: Connection, table: Table, differences: list[str]) -> int:
    query = _rows_of(table)
    count = wrong = 0
    for ours, rebuilt in zip_longest(live.execute(query, **_IN_PARTS), fresh.execute(query, **_IN_PARTS)):
        count += 1
        if ours != rebuilt:
            wrong += 1
            if wrong <= _SHOWN:
                differences.append(f"{table.name}: {_show(ours)} is {_show(rebuilt)} when rebuilt")
    if wrong > _SHOWN:
        differences.append(f"{table.name}: {wrong - _SHOWN} more rows differ")
    return count


def _show(row: Sequence[Any] | None) -> str:
    if row is None:
        return "nothing"
    return "(" + ", ".join(hex_bytes(value[:40]) if isinstance(value, bytes) else str(value) for value in row) + ")"


def _compare_words(
    ledger: Ledger,
    checks: Iterator[_Check],
    height_of: Callable[[str], int],
    differences: list[str],
    bits: int = _ALL,
) -> int:
    """Compares (contract, slot, expected word) with those ``bits`` of the storage after the contract's block."""
    count = 0
    for contract, group in groupby(checks, key=lambda check: check[0]):
        while part := list(islice(group, _CHUNK)):
            words = ledger.words(contract, [slot for _, slot, _ in part], height_of(contract))
            for (_, slot, expected), word in zip(part, words, strict=True):
                if word & bits != expected:
                    differences.append(
                        f"{contract}: slot {hex_bytes(slot)} is {word:#x} on the chain, {expected:#x} here"
                    )
            count += len(part)
    return count


def _compare_batches(live: Connection, ledger: Ledger, differences: list[str]) -> None:
    """Makes every archived root again from the hashes that a path would be made of."""
    for batch, root, made in hash_batches.recomputed(live, ledger.execution.block_hash(0)):
        if root != made:
            differences.append(
                f"{hash_batches.CONTRACT}: batch {batch} has the root {hex_bytes(root)}, its hashes here make "
                f"{hex_bytes(made) if made else 'none, for some are missing'}"
            )


def _batches(live: Connection) -> Iterator[_Check]:
    for batch, root in live.execute(select(chain_tables.hash_batches.c.batch, chain_tables.hash_batches.c.root)):
        yield hash_batches.CONTRACT, root_slot(batch), int.from_bytes(root)


def _streams(live: Connection) -> Iterator[_Check]:
    for contract, stream_id, head, count in live.execute(
        select(
            chain_tables.streams.c.contract,
            chain_tables.streams.c.stream_id,
            chain_tables.streams.c.head,
            chain_tables.streams.c["count"],
        )
        .where(chain_tables.streams.c.contract.in_(FOLLOWED))
        .order_by(chain_tables.streams.c.contract),
        **_IN_PARTS,
    ):
        yield contract, stream_slot(stream_id), int.from_bytes(head) << 64 | count


def _balances(live: Connection) -> Iterator[_Check]:
    for sku, lot, place, *lanes in live.execute(select(stock_tables.balances), **_IN_PARTS):
        word = sum(lane << 64 * position for position, lane in enumerate(lanes))
        yield STOCK_LEDGER, mapping_slot(uint_word((sku << 16 | lot) << 16 | place), _BALANCES_SLOT), word


def _counters(live: Connection) -> Iterator[_Check]:
    for sku, received, sold, returned, adjusted in live.execute(select(stock_tables.counters), **_IN_PARTS):
        word = received | sold << 64 | returned << 128 | (adjusted & _ADJUSTED) << 192
        yield STOCK_LEDGER, mapping_slot(uint_word(sku), _COUNTERS_SLOT), word


_WORDS: dict[str, Callable[[Connection], Iterator[_Check]]] = {
    "streams": _streams,
    "balances": _balances,
    "counters": _counters,
    "hash_batches": _batches,
}
