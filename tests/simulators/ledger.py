"""A whole ledger in miniature: what members do to it, with an index beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.event_fields import event_hash
from liveledger.domain.hashing import address_word, canonical_json, mapping_slot, uint_word
from liveledger.domain.item_keys import ItemKey
from liveledger.domain.movements import Movement, count, groups, merkle_leaves, pack
from liveledger.domain.streams import (
    Leaf,
    brand_stream,
    item_stream,
    place_stream,
    poster_stream,
    sku_stream,
)
from liveledger.prover.extras import PAGE_SETTLED, REPORT_SUBMITTED
from liveledger.prover.ports import BatchPlace
from liveledger.prover.prover import Prover
from liveledger.rules.accuracy import contract as accuracy
from liveledger.rules.accuracy import facts, formula, formula_2
from liveledger.verifier import TrustAnchor, layout
from liveledger.verifier.views.movement import BATCH_POSTED
from tests.simulators.chain import (
    ADDRESSES,
    BRAND,
    CODE,
    PLACE,
    PLACE_GLN,
    POSTER,
    SKU,
    SimulatedChain,
)
from tests.simulators.tries import keccak


@dataclass
class SimulatedLedger(SimulatedChain):
    """What members do on it, as the contracts do it. Implements ``IndexPort`` and ``OffChain`` too."""

    def __post_init__(self) -> None:
        self.places: dict[tuple[bytes, int, int], BatchPlace] = {}
        self.stored: dict[bytes, tuple[bytes, dict[str, Any]]] = {}
        self.batches: dict[bytes, list[tuple[int, int]]] = {}
        self.shown_members: frozenset[str] | None = None
        super().__post_init__()

    def prover(self, anchor: TrustAnchor | None = None) -> Prover:
        return Prover.over(self.execution, self.consensus, self, anchor or self.anchor(0), self)

    def register_place(self, gln: int = PLACE_GLN, place: int = PLACE) -> None:
        self.storage(layout.CONSORTIUM)[mapping_slot(uint_word(gln), 5)] = place

    def register_sku(self, code: str = CODE, sku: int = SKU) -> None:
        key = keccak(uint_word(sku >> 20) + uint_word(64) + uint_word(len(code)) + code.encode().ljust(32, b"\x00"))
        self.storage(layout.STOCK_LEDGER)[mapping_slot(key, 2)] = sku
        self.storage(layout.STOCK_LEDGER)[mapping_slot(uint_word(sku), 3)] = 1 << 255

    def register_lot(self, code: str, lot: int, sku: int = SKU) -> None:
        key = keccak(uint_word(sku) + uint_word(64) + uint_word(len(code)) + code.encode().ljust(32, b"\x00"))
        storage = self.storage(layout.STOCK_LEDGER)
        storage[mapping_slot(key, 6)] = lot
        storage[mapping_slot(uint_word(sku), 3)] = 1 << 255 | lot << 72

    def set_balance(self, lanes: Sequence[int], sku: int = SKU, place: int = PLACE, lot: int = 0) -> None:
        word = sum(value << 64 * lane for lane, value in enumerate(lanes))
        if not word and len(self.stock) > 1:
            word = layout.EMPTY_WORD
        self.storage(layout.STOCK_LEDGER)[mapping_slot(uint_word((sku << 16 | lot) << 16 | place), 0)] = word

    def post(self, movements: Sequence[Movement], lane: int = 0) -> bytes:
        """A batch, as StockLedger.post does it; gives the transaction's hash."""
        records, stream = pack(movements), poster_stream(POSTER, lane)
        root = merkle.root([merkle.leaf_hash(data) for data in merkle_leaves(records)])
        documents = keccak(b"documents")
        for sku, payload in groups(records):
            self.append(layout.STOCK_LEDGER, sku_stream(sku), count(payload), payload)
        payload = documents + root + uint_word(len(movements)) + keccak(records)
        sequence = self.append(layout.STOCK_LEDGER, stream, 1, payload)
        self.places[POSTER, lane, sequence] = BatchPlace(self.number, len(self.pending))
        topics = (BATCH_POSTED, address_word(POSTER), uint_word(lane), uint_word(sequence))
        data = uint_word(len(movements)) + root + documents + uint_word(128) + _bytes(records)
        return self.send((self.stock[0], topics, data))

    def capture(self, item: str, event: dict[str, Any], corrects: bytes = bytes(32), keep: bool = True) -> bytes:
        """An event of one item, as Provenance.anchor does it; gives the event's hash."""
        salt = keccak(b"salt" + self.number.to_bytes(8) + item.encode())[:16]
        digest = keccak(salt + canonical_json(event))
        self.append(layout.PROVENANCE, item_stream(item), 1, digest + corrects)
        if keep:
            self.stored[digest] = (salt, event)
        self.send()
        return digest

    def claim(self, gtin: int, *brands: int) -> None:
        """Brands that claim a GTIN, as Provenance keeps them from version 2 on."""
        word = sum(brand << 16 * place for place, brand in enumerate(brands))
        self.storage(layout.PROVENANCE)[mapping_slot(uint_word(gtin), 2)] = word

    def capture_by(
        self,
        organisation: int,
        item: str,
        event: dict[str, Any],
        *,
        owner: int | None = None,
        standing: int = 0,
        kind: int = 4,
        corrects: bytes = bytes(32),
        keep: bool = True,
    ) -> bytes:
        """An event of an item in its one form, as version 2 of Provenance lists it; gives the event's hash.

        It goes into the list of ``owner`` for the reason ``standing``, by default into the organisation's own for none.
        """
        salt = keccak(b"salt" + self.number.to_bytes(8) + organisation.to_bytes(2) + item.encode())[:16]
        digest = event_hash(salt, event)
        whose = owner or organisation
        stream_id = ItemKey.of(item).stream(whose)
        if standing == 0 and not self.rows.get((layout.PROVENANCE, stream_id)):
            self._list_other(ItemKey.of(item).digest, organisation)
        word = organisation | kind << 16 | whose << 24 | standing << 40
        self.append(layout.PROVENANCE, stream_id, 1, digest + corrects + uint_word(word))
        if keep:
            self.stored[digest] = (salt, event)
        self.send()
        return digest

    def _list_other(self, item: bytes, organisation: int) -> None:
        storage, index = self.storage(layout.PROVENANCE), 0
        while True:
            slot = mapping_slot(uint_word(index), mapping_slot(item, 3))
            word = storage.get(slot, 0)
            for place in range(16):
                if not word >> 16 * place & 0xFFFF:
                    storage[slot] = word | organisation << 16 * place
                    return
            index += 1

    def report(self, feed: bytes, payload: bytes) -> int:
        """A report, as ReportHub.submit does it; gives its sequence number."""
        rows = self.rows.get((layout.REPORT_HUB, feed), [])
        config, digest = keccak(b"config"), keccak(payload)
        sequence = len(rows)
        leaf = config + uint_word(sequence) + digest + uint_word(self.now - 5)
        self.append(layout.REPORT_HUB, feed, 1, leaf)
        topics = (REPORT_SUBMITTED, feed, uint_word(sequence), address_word(POSTER))
        data = config + digest + uint_word(self.now - 5) + uint_word(128) + _bytes(payload)
        self.send((ADDRESSES[layout.REPORT_HUB], topics, data))
        return sequence

    def agree(self, agreement: bytes, brand_bps: int, terms_hash: bytes) -> None:
        first, second = layout.agreement_slots(agreement)
        storage = self.storage(layout.SETTLEMENT)
        storage[first] = BRAND | 9 << 16 | 11 << 32 | brand_bps << 48 | (self.now + 10_000) << 64
        storage[second] = int.from_bytes(terms_hash)

    def report_capital(self, words: Sequence[int], payload: bytes, n: int = 1) -> None:
        """A report on the brand's capital, as StockHealth.report does it: its words, three or four, and its leaf."""
        slots = (*layout.capital_slots(BRAND), layout.capital_sides_slot(BRAND))
        self.storage(layout.STOCK_HEALTH).update(zip(slots, words, strict=False))
        self.append(layout.STOCK_HEALTH, brand_stream(BRAND), n, payload)

    def compare(self, bps: int, *, audited: bool = False, ago: int = 10, goods: tuple[int, int] = (40, 10_000)) -> None:
        """A comparison of the place with this deviation, taken ``ago`` seconds before, as Accuracy.record does it.

        ``goods``: SKUs compared, one of which differs, and units that the ledger had.
        """
        storage, (skus, units) = self.storage(layout.ACCURACY), goods
        slot, finding_slot = layout.place_accuracy_slot(PLACE), layout.place_finding_slot(PLACE)
        before = facts.PlaceAccuracy.from_word(storage.get(slot, 0))
        finding = formula.Finding.from_word(storage.get(finding_slot, 0))
        differing, root = units * bps // 10_000, bytes([before.count % 256]) * 32
        figures = (skus, skus - 1, units, units + differing, differing)
        found = facts.Comparison(PLACE, self.now - ago, self.number - 1, *figures, root)
        version = self.versions.get(layout.ACCURACY, 1)
        flag_of = formula.flag_of if version >= 3 else formula_2.flag_of
        after, raised = accuracy.next_place(
            before,
            finding,
            found,
            audited=audited,
            block_time=self.now,
            flag_of=flag_of,
        )
        words = found.encode() + uint_word(9) + uint_word(audited) + uint_word(after.word())
        if version >= 2:
            words += uint_word(raised.word())
            storage[finding_slot] = raised.word()
        self.append(layout.ACCURACY, place_stream(PLACE), 1, words)
        storage[slot] = after.word()

    def settle_page(self, session: bytes, page: int, inputs: bytes) -> None:
        topics = (PAGE_SETTLED, session, uint_word(page))
        self.send((ADDRESSES[layout.SETTLEMENT], topics, uint_word(32) + _bytes(inputs)))

    # --- the index and what is kept beside the ledger

    def height(self) -> int:
        return self.execution.block_number()

    def leaves(self, contract: str, stream_id: bytes, first: int, last: int) -> Sequence[Leaf]:
        leaves = [row.leaf for row in self.rows.get((contract, stream_id), [])]
        return [leaf for leaf in leaves if leaf.first_index + leaf.n > first and leaf.first_index < last]

    def leaf_hashes(self, contract: str, stream_id: bytes, first: int, last: int) -> Sequence[bytes]:
        rows = self.rows.get((contract, stream_id), [])
        return [row.digest for row in rows if first <= row.leaf.first_index < last]

    def leaf_block(self, contract: str, stream_id: bytes, first: int, offset: int) -> int | None:
        rows = [row.leaf for row in self.rows.get((contract, stream_id), []) if row.leaf.first_index >= first]
        return rows[offset].block_number if offset < len(rows) else None

    def head_before(self, contract: str, stream_id: bytes, first: int) -> bytes:
        return next(row.head_before for row in self.rows[contract, stream_id] if row.leaf.first_index == first)

    def block_hashes(self, first: int, end: int) -> Sequence[bytes]:
        return [self.hash_of(number) for number in range(max(1, first), end)]

    def set_changes(self, after: int, before: int) -> Sequence[int]:
        return [height for height in self.consensus.changes if after < height < before]

    def batch(self, poster: bytes, lane: int, sequence: int) -> BatchPlace | None:
        return self.places.get((poster, lane, sequence))

    def document(self, event_hash: bytes) -> tuple[bytes, dict[str, Any]] | None:
        return self.stored.get(event_hash)

    def disclosed(self, event_hash: bytes) -> tuple[bytes, dict[str, Any], frozenset[str] | None] | None:
        found = self.document(event_hash)
        return None if found is None else (*found, self.shown_members)

    def readings(self, readings_root: bytes) -> Sequence[tuple[int, int]] | None:
        return self.batches.get(readings_root)


def _bytes(data: bytes) -> bytes:
    """The tail of an ABI-encoded ``bytes``."""
    return uint_word(len(data)) + data + bytes(-len(data) % 32)
