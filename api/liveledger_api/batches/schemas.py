"""Typed answers about batches of movements."""

from __future__ import annotations

from liveledger_api.answers import POSTED, Hash, Posted, example
from liveledger_api.listing import Decimal, Typed
from liveledger_api.stock.schemas import Movement


class Batch(Posted):
    """A batch: how many movements, and what it commits to."""

    sequence: Decimal
    movements: Decimal
    movements_root: Hash
    documents_root: Hash
    records_hash: Hash


_ROOTS = {"movements_root": "0x" + "11" * 32, "documents_root": "0x" + "22" * 32}
_BATCH = POSTED | {"sequence": "17", "movements": "40", "records_hash": "0x" + "33" * 32} | _ROOTS


class PosterBatches(Typed):
    """A page of an account's batches on a lane; `count`: how many there are."""

    model_config = example(count="18", batches=[_BATCH])

    count: Decimal
    batches: list[Batch]


class BatchOfMovement(Typed):
    """The batch that a movement is in."""

    block: Decimal
    movements: Decimal
    movements_root: Hash
    documents_root: Hash


class BatchMovement(Movement):
    """A movement of the batch, by its SKU's number."""

    sku: Decimal


_MOVEMENT = {"sku": "1048577", "kind": "sell", "from": "3", "to": "0", "quantity": "1", "at": "1796040000", "lot": "1"}


class MovementOfBatch(Typed):
    """A movement by its place in a batch; null where there is no such batch, or no such place in it."""

    model_config = example(known_batch=True, batch={"block": "1204", "movements": "40", **_ROOTS}, movement=_MOVEMENT)

    known_batch: bool
    batch: BatchOfMovement | None
    movement: BatchMovement | None
