"""How movements become batches: sorted by SKU and lot, packed, and as large as a transaction's gas and bytes allow.

Millions of movements pass here: they are kept as their ``content`` (18 bytes each) and handled as arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import MovementKind
from liveledger.domain import merkle
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.domain.movements import GROUP_HEAD_BYTES, LOT_BYTES, MAX_GROUP, RECORD_BYTES, Movement
from liveledger.domain.transactions import MAX_TX_BYTES, MAX_TX_GAS

SALT_BYTES = 16
LEAF_BYTES = 32
# Selector, four words, offset and length of `records`, its padding; signature, fees and RLP heads.
_ENVELOPE_BYTES = 640
MAX_RECORDS_BYTES = MAX_TX_BYTES - _ENVELOPE_BYTES

# A model of what `post` costs. It needs to be near, not exact: a batch that runs out of gas is split.
_BASE_GAS = 90_000
_GROUP_GAS = 13_000
_RECORD_GAS = 1_150
# A kind, from and to that the batch has not had yet; a new place costs most of it.
_MOVE_GAS = 3_700
# Looking a lot up, and a leaf of its own.
_LOT_GAS = 5_000
_BALANCE_GAS = 5_200
_NEW_SLOT_GAS = 17_100
# Half a new SKU's slots are its stream and its counters.
_NEW_SKU_GAS = 2 * _NEW_SLOT_GAS + 4_200
GAS_TARGET = MAX_TX_GAS * 85 // 100
_CONTENT_BYTES = 4 + LOT_BYTES + RECORD_BYTES
_KIND_AT = 4 + LOT_BYTES
# More never fit one transaction, whatever they touch.
_MAX_BATCH = min(MAX_GROUP, MAX_RECORDS_BYTES // RECORD_BYTES)


@dataclass(frozen=True, slots=True)
class MovementMessage:
    """One movement to post; ``message_id`` names it for ever, ``document`` is its document's leaf (32 bytes)."""

    message_id: str
    movement: Movement
    document: bytes


def document_leaf(salt: bytes, message: object) -> bytes:
    """Leaf of a message in the batch's tree of documents: ``keccak(0x00 ‖ salt ‖ JCS(message))``.

    Raises InvalidInput for a salt that has not 16 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise InvalidInput(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return merkle.leaf_hash(salt + canonical_json(message))


@dataclass(frozen=True, slots=True)
class Movements:
    """Movements as arrays: ``ids`` (n) say whose they are, ``contents`` (n × 18 bytes) are their ``content``,
    ``documents`` (n × 32 bytes) their documents' leaves.
    """

    ids: NDArray[np.uint64]
    contents: NDArray[np.uint8]
    documents: NDArray[np.uint8]

    @classmethod
    def of(cls, ids: Sequence[int] | NDArray[np.uint64], contents: bytes, documents: bytes) -> Movements:
        """From contents and leaves, each one after the other."""
        return cls(
            np.array(ids, np.uint64),
            np.frombuffer(contents, np.uint8).reshape(-1, _CONTENT_BYTES),
            np.frombuffer(documents, np.uint8).reshape(-1, LEAF_BYTES),
        )

    @classmethod
    def of_messages(cls, messages: Sequence[MovementMessage]) -> Movements:
        """Of messages, numbered from 0. Raises InvalidInput for a field out of range or a leaf of another length."""
        documents = [message.document for message in messages]
        if any(len(document) != LEAF_BYTES for document in documents):
            raise InvalidInput(f"a document's leaf has {LEAF_BYTES} bytes")
        contents = b"".join([message.movement.content() for message in messages])
        return cls.of(range(len(messages)), contents, b"".join(documents))

    @classmethod
    def joined(cls, parts: Sequence[Movements]) -> Movements:
        """One after the other."""
        if not parts:
            return cls.of([], b"", b"")
        ids, contents, documents = zip(*((part.ids, part.contents, part.documents) for part in parts), strict=True)
        return cls(np.concatenate(ids), np.concatenate(contents), np.concatenate(documents))

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, chosen: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Movements:
        """Those at the chosen positions, in that order."""
        return Movements(self.ids[chosen], self.contents[chosen], self.documents[chosen])

    def numbered(self, first: int) -> Movements:
        """The same with the ids ``first`` and following."""
        return Movements(np.arange(first, first + len(self), dtype=np.uint64), self.contents, self.documents)

    def leaves(self) -> list[bytes]:
        """Their documents' leaves."""
        joined = self.documents.tobytes()
        return [joined[start : start + LEAF_BYTES] for start in range(0, len(joined), LEAF_BYTES)]

    @property
    def skus(self) -> NDArray[np.uint64]:
        """Number of each movement's SKU."""
        return self.contents[:, :4].copy().view(">u4")[:, 0].astype(np.uint64)

    @property
    def lots(self) -> NDArray[np.uint64]:
        """SKU and lot of each movement as ``sku << 16 | lot``: what a group of a batch is about."""
        lots = self.contents[:, 4:6].copy().view(">u2")[:, 0].astype(np.uint64)
        return self.skus << np.uint64(16) | lots

    @property
    def moves(self) -> NDArray[np.uint64]:
        """Kind, from and to of each movement as one number."""
        words = np.zeros((len(self), 8), np.uint8)
        words[:, 3:] = self.contents[:, 6:11]
        return words.view(">u8")[:, 0].astype(np.uint64)

    def reserve_only(self) -> bool:
        """Whether there are movements, and reservations only."""
        return len(self) > 0 and bool((self.contents[:, _KIND_AT] == MovementKind.RESERVE).all())

    def balances(self) -> NDArray[np.uint64]:
        """The balances that each movement touches (n × 2), by their keys; 0 = none, or the same again."""
        places = self.contents[:, 7:11].copy().view(">u2").astype(np.uint64)
        keys = np.where(places > 0, self.lots[:, None] << np.uint64(16) | places, np.uint64(0))
        keys[keys[:, 0] == keys[:, 1], 1] = 0
        return keys

    def records(self) -> bytes:
        """The packed form of a batch: SKUs and lots must ascend."""
        starts = np.flatnonzero(np.diff(self.lots, prepend=np.uint64(0)))
        sizes = np.diff(starts, append=len(self))
        body = self.contents[:, 6:].tobytes()
        parts: list[bytes] = []
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            parts += (
                self.contents[start, :4].tobytes(),
                size.to_bytes(2),
                self.contents[start, 4:6].tobytes(),
                body[start * RECORD_BYTES : (start + size) * RECORD_BYTES],
            )
        return b"".join(parts)


class Warmth:
    """Which slots of the StockLedger are known to be non-zero: writing them costs less gas."""

    def __init__(self) -> None:
        self._balances: set[int] = set()
        self._skus: set[int] = set()

    def __len__(self) -> int:
        return len(self._balances) + len(self._skus)

    def unknown(self, movements: Movements) -> tuple[list[int], list[int]]:
        """SKUs, and balances by their keys, about which nothing is known yet."""
        skus = np.unique(movements.skus).tolist()
        balances = np.unique(movements.balances()).tolist()
        return [sku for sku in skus if sku not in self._skus], [
            balance for balance in balances if balance and balance not in self._balances
        ]

    def learn(self, skus: Iterable[int], balances: Iterable[int]) -> None:
        """Notes slots that are non-zero."""
        self._skus.update(skus)
        self._balances.update(balances)

    def gas(self, movements: Movements) -> NDArray[np.int64]:
        """Gas that each movement adds to a batch that begins with the first of ``movements``."""
        gas = np.full(len(movements), _RECORD_GAS, np.int64)
        skus, first = np.unique(movements.skus, return_index=True)
        gas[first] += _GROUP_GAS
        gas[first[self._new(skus, self._skus)]] += _NEW_SKU_GAS
        lots, first = np.unique(movements.lots, return_index=True)
        gas[first[lots & np.uint64(0xFFFF) > 0]] += _LOT_GAS
        gas[np.unique(movements.moves, return_index=True)[1]] += _MOVE_GAS
        balances, first = np.unique(movements.balances(), return_index=True)
        real = balances > 0
        balances, position = balances[real], first[real] // 2
        np.add.at(gas, position, _BALANCE_GAS)
        np.add.at(gas, position[self._new(balances, self._balances)], _NEW_SLOT_GAS)
        return gas

    @staticmethod
    def _new(keys: NDArray[np.uint64], known: set[int]) -> NDArray[np.bool_]:
        return np.fromiter((key not in known for key in keys.tolist()), np.bool_, len(keys))


def cut(movements: Movements, warmth: Warmth, gas_target: int = GAS_TARGET, first_sku: int = 0) -> Iterator[Movements]:
    """Sorts movements by SKU and lot and cuts them into batches that fit a transaction; the order within a lot stays.

    Sorting before cutting brings the movements of a SKU together: what a group costs is paid once, not in every batch.
    The first batch begins with ``first_sku`` or the next one there is; those below come last. What a batch writes
    counts as known for the next one: batches run in order.
    """
    order = np.argsort(movements.lots, kind="stable")
    skus = movements.skus[order]
    turn = int(np.searchsorted(skus, first_sku))
    for part in (order[turn:], order[:turn]):
        rest = movements.at(part)
        while len(rest):
            size = _fitting(rest.at(slice(_MAX_BATCH)), warmth, gas_target)
            batch = rest.at(slice(size))
            yield batch
            warmth.learn(np.unique(batch.skus).tolist(), np.unique(batch.balances()).tolist())
            rest = rest.at(slice(size, None))


def least_batches(movements: Movements, warmth: Warmth, gas_target: int = GAS_TARGET) -> int:
    """How many batches `cut` makes of these at least, by gas and by bytes."""
    ordered = movements.at(np.argsort(movements.lots, kind="stable"))
    gas, size = int(warmth.gas(ordered).sum()), RECORD_BYTES * len(ordered)
    return max(-(-gas // gas_target), -(-size // MAX_RECORDS_BYTES))


def gas_limit(batch: Movements, margin_percent: int) -> int:
    """The gas limit that a batch is signed with: what it needs at most by the model, with a margin.

    As if nothing were written yet: a balance that went back to zero is dear again. Blocks and shares are counted by
    limits, so that a small batch with a great one would cost its sender room. What is reserved is there: none of the
    words is empty, but those that a cut keeps.
    """
    warmth, gas = Warmth(), _BASE_GAS
    if batch.reserve_only():
        warmth.learn(np.unique(batch.skus).tolist(), np.unique(batch.balances()).tolist())
        gas += _NEW_SKU_GAS
    return min((gas + int(warmth.gas(batch).sum())) * margin_percent // 100, MAX_TX_GAS)


def _fitting(movements: Movements, warmth: Warmth, gas_target: int) -> int:
    """How many of the sorted movements one batch holds; at least one."""
    gas = _BASE_GAS + np.cumsum(warmth.gas(movements))
    groups = np.cumsum(np.diff(movements.lots, prepend=np.uint64(0)) > 0)
    size = RECORD_BYTES * np.arange(1, len(movements) + 1) + GROUP_HEAD_BYTES * groups
    return max(1, int(np.count_nonzero((gas <= gas_target) & (size <= MAX_RECORDS_BYTES))))


def post_call(lane: int, sequence: int, batch: Movements) -> bytes:
    """Calldata of ``post`` for a sorted batch."""
    return stock_ledger.Post(lane, sequence, merkle.root(batch.leaves()), batch.records()).calldata()
