"""Movements as version 1 of StockLedger packed them, without lots: for bundles of ledgers made before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import RECORD_BYTES, Kind, Movement, decode

GROUP_HEAD_BYTES = 6
LAST_KIND = Kind.SELL


def groups(records: bytes) -> Iterator[tuple[int, bytes]]:
    """Splits ``records`` into (SKU, records). Raises InvalidInput on bytes that do not form whole groups."""
    offset = 0
    while offset < len(records):
        body = offset + GROUP_HEAD_BYTES
        n = int.from_bytes(records[offset + 4 : body])
        end = body + n * RECORD_BYTES
        if body > len(records) or n == 0 or end > len(records):
            raise InvalidInput(f"the group at byte {offset} is cut short", offset=offset)
        yield int.from_bytes(records[offset : offset + 4]), records[body:end]
        offset = end


def unpack_group(sku: int, payload: bytes) -> list[Movement]:
    """Decodes one group's payload. Raises InvalidInput on an unknown kind or a broken length."""
    if len(payload) % RECORD_BYTES:
        raise InvalidInput(f"{len(payload)} bytes are no whole number of records", sku=sku)
    return [_decode(sku, payload[i : i + RECORD_BYTES]) for i in range(0, len(payload), RECORD_BYTES)]


def _decode(sku: int, record: bytes) -> Movement:
    movement = decode(sku, 0, record)
    if movement.kind > LAST_KIND:
        raise InvalidInput(f"{int(movement.kind)} is no kind of movement in version 1", sku=sku)
    return movement


def unpack(records: bytes) -> list[Movement]:
    """Decodes a whole batch in its order."""
    return [movement for sku, payload in groups(records) for movement in unpack_group(sku, payload)]


def merkle_leaves(records: bytes) -> Iterable[bytes]:
    """Leaf data of the batch's Merkle tree: SKU (4) and record (12), in batch order."""
    for sku, payload in groups(records):
        head = sku.to_bytes(4)
        for i in range(0, len(payload), RECORD_BYTES):
            yield head + payload[i : i + RECORD_BYTES]
