"""How movements become batches: sorted by SKU, packed, and as large as a transaction's gas and bytes allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from liveledger.bindings import stock_ledger
from liveledger.chain.signing import MAX_TX_BYTES, MAX_TX_GAS
from liveledger.domain import merkle
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json
from liveledger.domain.movements import GROUP_HEAD_BYTES, MAX_GROUP, RECORD_BYTES, Movement, pack, unpack_group

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


class Warmth:
    """Which slots of the StockLedger are known to be non-zero: writing them costs less gas."""

    def __init__(self) -> None:
        self._balances: set[int] = set()
        self._skus: set[int] = set()

    def unknown(self, movements: Iterable[Movement]) -> tuple[list[int], list[int]]:
        """SKUs, and balances as ``sku << 16 | place``, about which nothing is known yet."""
        skus: dict[int, None] = {}
        balances: dict[int, None] = {}
        for movement in movements:
            if movement.sku not in self._skus:
                skus[movement.sku] = None
            for balance in _balances_of(movement):
                if balance not in self._balances:
                    balances[balance] = None
        return list(skus), list(balances)

    def learn(self, skus: Iterable[int], balances: Iterable[int]) -> None:
        """Notes slots that are non-zero."""
        self._skus.update(skus)
        self._balances.update(balances)

    def gas_of(self, movement: Movement, skus: set[int], balances: set[int]) -> int:
        """Gas that ``movement`` adds to a batch that touches ``skus`` and ``balances`` already (both are extended)."""
        gas = _RECORD_GAS
        if movement.sku not in skus:
            skus.add(movement.sku)
            gas += _GROUP_GAS + (0 if movement.sku in self._skus else _NEW_SKU_GAS)
        for balance in _balances_of(movement):
            if balance not in balances:
                balances.add(balance)
                gas += _BALANCE_GAS + (0 if balance in self._balances else _NEW_SLOT_GAS)
        return gas


def _balances_of(movement: Movement) -> Iterator[int]:
    if movement.source:
        yield movement.sku << 16 | movement.source
    if movement.target and movement.target != movement.source:
        yield movement.sku << 16 | movement.target


def split(
    messages: Sequence[MovementMessage], warmth: Warmth, gas_target: int = GAS_TARGET
) -> Iterator[list[MovementMessage]]:
    """Sorts messages by SKU and cuts them into batches that fit a transaction; the order within a SKU stays.

    Sorting before cutting brings the movements of a SKU together: what a group costs is paid once, not in every batch.
    What a batch writes counts as known for the next one: batches run in order.
    """
    part: list[MovementMessage] = []
    skus: set[int] = set()
    balances: set[int] = set()
    gas, size = _BASE_GAS, 0
    for message in sort(messages):
        known = len(skus)
        more = warmth.gas_of(message.movement, skus, balances)
        more_bytes = RECORD_BYTES + (GROUP_HEAD_BYTES if len(skus) > known else 0)
        if part and (gas + more > gas_target or size + more_bytes > MAX_RECORDS_BYTES or len(part) == MAX_GROUP):
            yield part
            warmth.learn(skus, balances)
            part, skus, balances = [], set(), set()
            more = warmth.gas_of(message.movement, skus, balances)
            gas, size, more_bytes = _BASE_GAS, 0, RECORD_BYTES + GROUP_HEAD_BYTES
        part.append(message)
        gas, size = gas + more, size + more_bytes
    if part:
        yield part
        warmth.learn(skus, balances)


def sort(messages: Iterable[MovementMessage]) -> list[MovementMessage]:
    """Messages in batch order: by SKU, and as they came within a SKU."""
    return sorted(messages, key=lambda message: message.movement.sku)


def post_call(lane: int, sequence: int, batch: Sequence[MovementMessage]) -> bytes:
    """Calldata of ``post`` for a sorted batch."""
    return packed_call(lane, sequence, batch, pack([message.movement for message in batch]))


def packed_call(lane: int, sequence: int, batch: Sequence[MovementMessage], records: bytes) -> bytes:
    """The same for a batch whose ``records`` are packed already."""
    root = merkle.root([message.document for message in batch])
    return stock_ledger.Post(lane, sequence, root, records).calldata()


def movement_bytes(movement: Movement) -> bytes:
    """SKU (4) and record (12), as the outbox keeps a movement. Raises InvalidInput for a field out of range."""
    return movement.sku.to_bytes(4) + movement.record()


def movement_from(data: bytes) -> Movement:
    """The movement of ``movement_bytes``."""
    return unpack_group(int.from_bytes(data[:4]), data[4:])[0]
