"""What a proposed block must be, as a pure function: the same facts give the same verdict on every node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from liveledger.consensus.limits import GAS_LIMIT

if TYPE_CHECKING:
    from liveledger.consensus.payload import ExecutionPayload

# The version of these rules; it stands in every CometBFT header. A change of any rule below is a new version.
RULES_VERSION = 2
EXTRA_DATA = b"liveledger"
ZERO_HASH = bytes(32)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block of the execution engine: number, hash (32 bytes), timestamp (Unix seconds)."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a block is not accepted: a stable name and the facts of the case."""

    reason: str
    message: str


def block_timestamp(parent_timestamp: int, block_time: int) -> int:
    """The one timestamp a block may have: whole seconds of the block's BFT time, but later than its parent's."""
    return max(parent_timestamp + 1, block_time)


def refuse(
    payload: ExecutionPayload, *, height: int, block_time: int, parent: Head, fee_recipient: bytes
) -> Refusal | None:
    """The first rule that ``payload`` breaks as block ``height`` on ``parent``; None when it keeps all of them.

    ``block_time`` is the whole seconds of the time in CometBFT's header. That the payload executes to its state root
    is for the engine to say.
    """
    expected: tuple[tuple[str, object, object], ...] = (
        ("wrong-number", payload.number, height),
        ("wrong-parent", payload.parent_hash, parent.hash),
        ("parent-not-head", parent.number, height - 1),
        ("wrong-time", payload.timestamp, block_timestamp(parent.timestamp, block_time)),
        ("wrong-fee-recipient", payload.fee_recipient, fee_recipient),
        ("wrong-randomness", payload.prev_randao, ZERO_HASH),
        ("wrong-gas-limit", payload.gas_limit, GAS_LIMIT),
        ("wrong-extra-data", payload.extra_data, EXTRA_DATA),
        ("blob-gas", payload.blob_gas_used, 0),
        ("blob-gas", payload.excess_blob_gas, 0),
    )
    for reason, found, wanted in expected:
        if found != wanted:
            return Refusal(reason, f"{_text(found)} instead of {_text(wanted)} at height {height}")
    return None


def _text(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
