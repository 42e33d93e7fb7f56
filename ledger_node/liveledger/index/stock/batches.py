"""Batches of movements: the busiest part of the index. Balances and counters are computed from the records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from liveledger.bindings.stock_ledger import BatchPostedEvent
from liveledger.domain.hashing import hex_bytes, keccak, uint_word
from liveledger.domain.movements import LOT_BYTES, count, groups
from liveledger.domain.streams import poster_stream, sku_stream
from liveledger.index.database import PARAMETERS, write_rows
from liveledger.index.heads import Heads, IndexDiffers, Place
from liveledger.index.stock.place_movements import places_of
from liveledger.index.stock.records import Records, quantities, records_of
from liveledger.index.stock.tables import balances, batch_places, batches, counters
from liveledger.index.writer import Writer
from liveledger.rules.stock_state import RULES

CONTRACT = "StockLedger"
_BITS = 16
_MASK = (1 << _BITS) - 1
_COUNTERS = ("received", "sold", "returned", "adjusted")
_NONE = -1
_ZERO = (0, 0, 0, 0)
_MOST_CACHED = 400_000

_Numbers = NDArray[np.int64]
_Group = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class _Effects:
    """By a kind's code: lanes taken from and given to, the counter and the sign that it moves by; −1 = none."""

    known: NDArray[np.bool_]
    takes: _Numbers
    gives: _Numbers
    counter: _Numbers
    sign: _Numbers


def _effects() -> _Effects:
    found = _Effects(np.zeros(256, np.bool_), *(np.full(256, _NONE) for _ in range(4)))
    for kind, rule in RULES.items():
        found.known[kind] = True
        if rule.takes is not None:
            found.takes[kind] = rule.takes
        if rule.gives is not None:
            found.gives[kind] = rule.gives
        if rule.counter:
            found.counter[kind], found.sign[kind] = _COUNTERS.index(rule.counter), rule.sign
    return found


_BY_CODE = _effects()


class Posted(NamedTuple):
    """A batch, where its event stands, and the StockLedger (20 bytes) that took it."""

    event: BatchPostedEvent
    place: Place
    ledger: bytes


class Stock:
    """Balances and counters that were touched lately; everything that a batch changes."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._balances: dict[int, list[int]] = {}
        self._counters: dict[int, list[int]] = {}
        self._touched_balances: set[int] = set()
        self._touched_counters: set[int] = set()

    def begin(self) -> None:
        """Starts a range."""
        if len(self._balances) > _MOST_CACHED:
            self._balances.clear()
            self._counters.clear()
        self._touched_balances.clear()
        self._touched_counters.clear()

    def apply(self, writer: Writer, posted: Sequence[Posted]) -> int:
        """Applies batches in their order; returns the number of movements."""
        if not posted:
            return 0
        split = [(batch, list(groups(batch.event.records))) for batch in posted]
        self._load(writer.connection, split)
        total = 0
        records: list[Records] = []
        for (event, place, _), parts in split:
            movements = sum(self._leaf(event.poster, place, sku, payload) for sku, payload in parts)
            if movements != event.movements:
                raise IndexDiffers(f"batch {event.sequence} of {hex_bytes(event.poster)} has {movements} movements")
            records.append(records_of(payload for _, payload in parts))
            self._batch(writer, event, place, records[-1])
            total += movements
        self._book([group for _, parts in split for group in parts], np.concatenate(records))
        return total

    def _load(self, connection: Connection, split: Sequence[tuple[Posted, list[_Group]]]) -> None:
        skus = dict.fromkeys(sku for _, parts in split for sku, _ in parts)
        # A stream begins with the StockLedger that took its first batch.
        for ledger, batches_of in groupby(split, lambda batch: batch[0].ledger):
            streams: list[bytes] = []
            for (event, *_), parts in batches_of:
                streams += [poster_stream(event.poster, event.lane), *(sku_stream(sku) for sku, _ in parts)]
            self._heads.load(connection, CONTRACT, streams, ledger)
        missing = [sku for sku in skus if sku not in self._counters]
        for start in range(0, len(missing), PARAMETERS):
            part = missing[start : start + PARAMETERS]
            for row in connection.execute(select(balances).where(balances.c.sku.in_(part))):
                self._balances[(row.sku << _BITS | row.lot) << _BITS | row.place] = list(row[3:])
            for row in connection.execute(select(counters).where(counters.c.sku.in_(part))):
                self._counters[row.sku] = list(row[1:])
        for sku in missing:
            self._counters.setdefault(sku, [0, 0, 0, 0])

    def _leaf(self, poster: bytes, place: Place, sku: int, payload: bytes) -> int:
        n = count(payload)
        self._heads.append(CONTRACT, sku_stream(sku), n, place, poster, payload)
        return n

    def _book(self, parts: Sequence[_Group], records: Records) -> None:
        """Adds up what the records change, all at once: only what comes out at the end of a range is written."""
        sizes = [count(payload) for _, payload in parts]
        skus = np.repeat(np.array([sku for sku, _ in parts], np.uint64), sizes)
        lots = np.repeat(np.array([int.from_bytes(payload[:LOT_BYTES]) for _, payload in parts], np.uint64), sizes)
        kinds = records["kind"]
        if not _BY_CODE.known[kinds].all():
            raise IndexDiffers(f"a batch has the unknown kind {kinds[~_BY_CODE.known[kinds]][0]}")
        quantity = quantities(records)
        balance = (skus << np.uint64(_BITS) | lots) << np.uint64(_BITS)
        for sums, spot, lanes, signed in (
            (self._balances, balance | records["source"], _BY_CODE.takes[kinds], -quantity),
            (self._balances, balance | records["target"], _BY_CODE.gives[kinds], quantity),
            (self._counters, skus, _BY_CODE.counter[kinds], quantity * _BY_CODE.sign[kinds]),
        ):
            touched = self._touched_counters if sums is self._counters else self._touched_balances
            for key, changes in _summed(spot, lanes, signed):
                sums[key] = [have + change for have, change in zip(sums.get(key, _ZERO), changes, strict=True)]
                touched.add(key)
        self._touched_counters.update(sku for sku, _ in parts)

    def _batch(self, writer: Writer, event: BatchPostedEvent, place: Place, records: Records) -> None:
        payload = event.documents_root + event.movements_root + uint_word(event.movements) + keccak(event.records)
        stream_id = poster_stream(event.poster, event.lane)
        self._heads.append(CONTRACT, stream_id, 1, place, event.poster, payload)
        writer.add(
            batches,
            {
                "poster": event.poster,
                "lane": event.lane,
                "sequence": event.sequence,
                "block": place.block_number,
                "tx_index": place.tx_index,
                "log_index": place.log_index,
                "tx_hash": place.tx_hash,
                "movements": event.movements,
                "movements_root": event.movements_root,
                "documents_root": event.documents_root,
                "records": event.records,
            },
        )
        spot = {"block": place.block_number, "tx_index": place.tx_index, "log_index": place.log_index}
        which = {"poster": event.poster, "lane": event.lane, "sequence": event.sequence}
        for touched in places_of(records):
            writer.add(batch_places, {"place": touched, **spot, **which})

    def write(self, connection: Connection) -> None:
        """Writes touched balances and counters. Raises IndexDiffers when a lane went below zero."""
        rows = [
            (key >> 2 * _BITS, key >> _BITS & _MASK, key & _MASK, *self._balances[key])
            for key in sorted(self._touched_balances)
        ]
        for sku, _, place, *lanes in rows:
            if min(lanes) < 0:
                raise IndexDiffers(f"SKU {sku} goes below zero at place {place}: records are missing")
        write_rows(connection, balances, rows, replace=True)
        counted = [(sku, *self._counters[sku]) for sku in sorted(self._touched_counters)]
        write_rows(connection, counters, counted, replace=True)


def _summed(spots: NDArray[np.uint64], lanes: _Numbers, changes: _Numbers) -> Iterable[tuple[int, list[int]]]:
    """Sums of the changes by spot, for each lane."""
    used = lanes != _NONE
    keys, position = np.unique(spots[used], return_inverse=True)
    sums = np.zeros((len(keys), len(_ZERO)), np.int64)
    np.add.at(sums, (position, lanes[used]), changes[used])
    return zip(keys.tolist(), sums.tolist(), strict=True)
