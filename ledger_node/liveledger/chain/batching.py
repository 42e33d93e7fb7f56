"""How movements become batches: sorted by SKU, packed, and as large as a transaction's gas and bytes allow.

Millions of movements pass here: they are kept as ``movement_bytes`` (16 bytes each) and handled as arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liveledger.bindings import stock_ledger
from liveledger.chain.signing import MAX_TX_BYTES, MAX_TX_GAS
from liveledger.domain import merkle
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.domain.movements import GROUP_HEAD_BYTES, MAX_GROUP, MAX_SKU, RECORD_BYTES, Movement, unpack_group

SALT_BYTES = 16
# Selector, four words, offset and length of `records`, its padding; signature, fees and RLP heads.
_ENVELOPE_BYTES = 640
MAX_RECORDS_BYTES = MAX_TX_BYTES - _ENVELOPE_BYTES

# A model of what `post` costs. It needs to be near, not exact: a batch that runs out of gas is split.
_BASE_GAS = 80_000
_GROUP_GAS = 16_000
_RECORD_GAS = 1_700
_BALANCE_GAS = 5_200
_NEW_SLOT_GAS = 17_100
# Half a new SKU's slots are its stream and its counters.
_NEW_SKU_GAS = 2 * _NEW_SLOT_GAS + 4_200
GAS_TARGET = MAX_TX_GAS * 85 // 100
_CONTENT_BYTES = 4 + RECORD_BYTES
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
    """Movements as arrays: ``ids`` (n) say whose they are, ``contents`` (n × 16 bytes) are their ``movement_bytes``,
    ``documents`` their documents' leaves.
    """

    ids: NDArray[np.uint64]
    contents: NDArray[np.uint8]
    documents: Sequence[bytes]

    @classmethod
    def of(cls, ids: Sequence[int], contents: Sequence[bytes], documents: Sequence[bytes]) -> Movements:
        """From one value a movement."""
        joined = np.frombuffer(b"".join(contents), np.uint8).reshape(-1, _CONTENT_BYTES)
        return cls(np.array(ids, np.uint64), joined, documents)

    @classmethod
    def of_messages(cls, messages: Sequence[MovementMessage]) -> Movements:
        """Of messages, numbered from 0. Raises InvalidInput for a field out of range."""
        contents = [movement_bytes(message.movement) for message in messages]
        return cls.of(range(len(messages)), contents, [message.document for message in messages])

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, chosen: NDArray[np.intp] | slice) -> Movements:
        """Those at the chosen positions, in that order."""
        documents = (
            self.documents[chosen] if isinstance(chosen, slice) else [self.documents[i] for i in chosen.tolist()]
        )
        return Movements(self.ids[chosen], self.contents[chosen], documents)

    @property
    def skus(self) -> NDArray[np.uint64]:
        """Number of each movement's SKU."""
        return self.contents[:, :4].copy().view(">u4")[:, 0].astype(np.uint64)

    def balances(self) -> NDArray[np.uint64]:
        """The balances that each movement touches (n × 2) as ``sku << 16 | place``; 0 = none, or the same again."""
        places = self.contents[:, 5:9].copy().view(">u2").astype(np.uint64)
        keys = np.where(places > 0, self.skus[:, None] << np.uint64(16) | places, np.uint64(0))
        keys[keys[:, 0] == keys[:, 1], 1] = 0
        return keys

    def records(self) -> bytes:
        """The packed form of a batch: SKUs must ascend."""
        skus = self.skus
        starts = np.flatnonzero(np.diff(skus, prepend=np.uint64(0)))
        sizes = np.diff(starts, append=len(skus))
        body = self.contents[:, 4:].tobytes()
        parts: list[bytes] = []
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            parts += (
                self.contents[start, :4].tobytes(),
                size.to_bytes(2),
                body[start * RECORD_BYTES : (start + size) * RECORD_BYTES],
            )
        return b"".join(parts)


class Warmth:
    """Which slots of the StockLedger are known to be non-zero: writing them costs less gas."""

    def __init__(self) -> None:
        self._balances: set[int] = set()
        self._skus: set[int] = set()

    def unknown(self, movements: Movements) -> tuple[list[int], list[int]]:
        """SKUs, and balances as ``sku << 16 | place``, about which nothing is known yet."""
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
    """Sorts movements by SKU and cuts them into batches that fit a transaction; the order within a SKU stays.

    Sorting before cutting brings the movements of a SKU together: what a group costs is paid once, not in every batch.
    The first batch begins with ``first_sku`` or the next one there is; those below come last. What a batch writes
    counts as known for the next one: batches run in order.
    """
    order = np.argsort(movements.skus, kind="stable")
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


def _fitting(movements: Movements, warmth: Warmth, gas_target: int) -> int:
    """How many of the sorted movements one batch holds; at least one."""
    gas = _BASE_GAS + np.cumsum(warmth.gas(movements))
    groups = np.cumsum(np.diff(movements.skus, prepend=np.uint64(0)) > 0)
    size = RECORD_BYTES * np.arange(1, len(movements) + 1) + GROUP_HEAD_BYTES * groups
    return max(1, int(np.count_nonzero((gas <= gas_target) & (size <= MAX_RECORDS_BYTES))))


def post_call(lane: int, sequence: int, batch: Movements) -> bytes:
    """Calldata of ``post`` for a sorted batch."""
    return stock_ledger.Post(lane, sequence, merkle.root(batch.documents), batch.records()).calldata()


def movement_bytes(movement: Movement) -> bytes:
    """SKU (4) and record (12), as the outbox keeps a movement. Raises InvalidInput for a field out of range."""
    if not 1 <= movement.sku <= MAX_SKU:
        raise InvalidInput(f"sku {movement.sku} is outside 1 … {MAX_SKU}", field="sku", value=movement.sku)
    return movement.sku.to_bytes(4) + movement.record()


def movement_from(data: bytes) -> Movement:
    """The movement of ``movement_bytes``."""
    return unpack_group(int.from_bytes(data[:4]), data[4:])[0]
