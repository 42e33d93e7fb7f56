"""movement: one movement of one batch, out of the receipt of the transaction that posted it; from 2 on with its lot.

Version 3 knows all kinds of movements, and a StockLedger that replaced another one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import address_word, hex_bytes, uint_word
from liveledger.domain.movements import Movement
from liveledger.domain.streams import StreamHead, poster_stream, stream_slot
from liveledger.verifier import shape
from liveledger.verifier.abi import AbiError, tail_bytes, topic, uint
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.source import Result, Source
from liveledger.verifier.views.base import View, decimal_parameter
from liveledger.verifier.views.packed import PACKINGS, Packing

BATCH_POSTED = topic("BatchPosted(address,uint32,uint64,uint256,bytes32,bytes32,bytes)")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The poster's account (20 bytes), its lane, the batch's sequence number, the movement's index in the batch."""

    poster: bytes
    lane: int
    sequence: int
    index: int


def read(value: dict[str, Any]) -> Parameters:
    """Reads the parameters. Raises Refusal (step 1)."""
    entry = shape.fields(value, "parameters", ("poster", "lane", "sequence", "index"))
    return Parameters(
        shape.hexadecimal(entry["poster"], "parameters.poster", 20),
        decimal_parameter(entry, "lane", (1 << 32) - 1),
        decimal_parameter(entry, "sequence"),
        decimal_parameter(entry, "index", (1 << 32) - 1),
    )


def decode(packing: Packing, source: Source, parameters: Parameters) -> Result:
    """The movement, with its batch's roots; a batch that was not posted up to this block is proven by the count."""
    ledger = packing.opened(source)
    head = StreamHead.from_word(ledger.word(stream_slot(poster_stream(parameters.poster, parameters.lane))))
    if head is None or parameters.sequence >= head.count:
        answer: dict[str, Any] = {"known_batch": False, "batch": None, "movement": None}
        return Result(answer, f"no batch {parameters.sequence} was posted up to block {source.block_number}")
    topics = (
        BATCH_POSTED,
        address_word(parameters.poster),
        uint_word(parameters.lane),
        uint_word(parameters.sequence),
    )
    count, movements_root, documents_root, movements = _batch(packing, source.log(ledger.newest, topics).data)
    batch = {
        "block": str(source.block_number),
        "movements": str(count),
        "movements_root": hex_bytes(movements_root),
        "documents_root": hex_bytes(documents_root),
    }
    movement = None
    if parameters.index < count:
        found = movements[parameters.index]
        movement = {"sku": str(found.sku), **packing.movement_json(found)}
    issuer = f"posted by {hex_bytes(parameters.poster)}, admitted by the consortium's contract when it was posted"
    answer = {"known_batch": True, "batch": batch, "movement": movement}
    return Result(answer, f"movement {parameters.index} of the {count} in this batch", issuer, lasting=True)


def _batch(packing: Packing, data: bytes) -> tuple[int, bytes, bytes, list[Movement]]:
    """Count, both roots and the movements of a BatchPosted log; count and root must be those of the records."""
    try:
        (count, movements_root, documents_root), records = tail_bytes(data, 4)
        movements = packing.unpack(records)
        root = merkle.root([merkle.leaf_hash(leaf) for leaf in packing.merkle_leaves(records)])
        if uint(count) != len(movements) or root != movements_root:
            raise AbiError("count or Merkle root are not those of its records")
    except (AbiError, InvalidInput) as error:
        raise Refusal(Step.EVIDENCE, Code.LOG_MISMATCH, f"the batch's log: {error}") from None
    return len(movements), movements_root, documents_root, movements


VIEWS = tuple(
    View(
        f"movement/{version}",
        frozenset({"contracts", "receipt"}),
        read,
        functools.partial(decode, packing),
        historical=True,
    )
    for version, packing in PACKINGS.items()
)
