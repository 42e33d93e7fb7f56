"""Batches of movements: the busiest part of the index. Balances and counters are computed from the records."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from liveledger.bindings.stock_ledger import BatchPostedEvent
from liveledger.domain.hashing import hex_bytes, keccak, uint_word
from liveledger.domain.movements import RECORD_BYTES, Lane, groups
from liveledger.domain.streams import poster_stream, sku_stream
from liveledger.index.database import PARAMETERS, upsert
from liveledger.index.heads import Heads, IndexDiffers, Place
from liveledger.index.tables import balances, batches, counters
from liveledger.index.writer import Writer
from liveledger.rules.stock import RULES

CONTRACT = "StockLedger"
_RECORD = struct.Struct(">BHHBHI")
_PLACE_BITS = 16
_LANES = ("available", "reserved", "in_transit", "held")
_COUNTERS = ("received", "sold", "returned", "adjusted")
_MOST_CACHED = 400_000

_Effect = tuple[Lane | None, Lane | None, tuple[int, int] | None]


def _effects() -> list[_Effect | None]:
    """By a kind's code: the lanes it takes from and gives to, and the counter that it moves by ± its quantity."""
    effects: list[_Effect | None] = [None] * 256
    for kind, rule in RULES.items():
        counts = (_COUNTERS.index(rule.counter), rule.sign) if rule.counter else None
        effects[kind] = (rule.takes, rule.gives, counts)
    return effects


# A list, looked up by the record's first byte: this is done for every movement.
_BY_CODE = _effects()


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

    def apply(self, writer: Writer, posted: Sequence[tuple[BatchPostedEvent, Place]]) -> int:
        """Applies batches in their order; returns the number of movements."""
        split = [(event, place, list(groups(event.records))) for event, place in posted]
        self._load(writer.connection, split)
        total = 0
        for event, place, parts in split:
            movements = sum(self._group(event.poster, place, sku, payload) for sku, payload in parts)
            if movements != event.movements:
                raise IndexDiffers(f"batch {event.sequence} of {hex_bytes(event.poster)} has {movements} movements")
            self._batch(writer, event, place)
            total += movements
        return total

    def _load(
        self, connection: Connection, split: Sequence[tuple[BatchPostedEvent, Place, list[tuple[int, bytes]]]]
    ) -> None:
        skus = dict.fromkeys(sku for _, _, parts in split for sku, _ in parts)
        self._heads.load(connection, CONTRACT, [poster_stream(event.poster, event.lane) for event, _, _ in split])
        self._heads.load(connection, CONTRACT, map(sku_stream, skus))
        missing = [sku for sku in skus if sku not in self._counters]
        for start in range(0, len(missing), PARAMETERS):
            part = missing[start : start + PARAMETERS]
            for row in connection.execute(select(balances).where(balances.c.sku.in_(part))):
                self._balances[row.sku << _PLACE_BITS | row.place] = list(row[2:])
            for row in connection.execute(select(counters).where(counters.c.sku.in_(part))):
                self._counters[row.sku] = list(row[1:])
        for sku in missing:
            self._counters.setdefault(sku, [0, 0, 0, 0])

    def _group(self, poster: bytes, place: Place, sku: int, payload: bytes) -> int:
        count = self._counters[sku]
        base = sku << _PLACE_BITS
        known, touched = self._balances, self._touched_balances
        for kind, source, target, high, low, _ in _RECORD.iter_unpack(payload):
            effect = _BY_CODE[kind]
            if effect is None:
                raise IndexDiffers(f"a batch of block {place.block_number} has the unknown kind {kind}")
            takes, gives, counts = effect
            quantity = high << 16 | low
            for lane, at, signed in ((takes, source, -quantity), (gives, target, quantity)):
                if lane is not None:
                    key = base | at
                    balance = known.get(key)
                    if balance is None:
                        balance = known[key] = [0, 0, 0, 0]
                    balance[lane] += signed
                    touched.add(key)
            if counts is not None:
                count[counts[0]] += counts[1] * quantity
        self._touched_counters.add(sku)
        n = len(payload) // RECORD_BYTES
        self._heads.append(CONTRACT, sku_stream(sku), n, place, poster, payload)
        return n

    def _batch(self, writer: Writer, event: BatchPostedEvent, place: Place) -> None:
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

    def write(self, connection: Connection) -> None:
        """Writes touched balances and counters. Raises IndexDiffers when a lane went below zero."""
        rows = [
            dict(zip(("sku", "place", *_LANES), (*divmod(key, 1 << _PLACE_BITS), *self._balances[key]), strict=True))
            for key in sorted(self._touched_balances)
        ]
        for row in rows:
            if min(row[lane] for lane in _LANES) < 0:
                raise IndexDiffers(f"SKU {row['sku']} goes below zero at place {row['place']}: records are missing")
        upsert(connection, balances, rows)
        upsert(connection, counters, list(_counter_rows(sorted(self._touched_counters), self._counters)))


def _counter_rows(skus: Iterable[int], known: dict[int, list[int]]) -> Iterable[dict[str, int]]:
    for sku in skus:
        yield dict(zip(("sku", *_COUNTERS), (sku, *known[sku]), strict=True))
