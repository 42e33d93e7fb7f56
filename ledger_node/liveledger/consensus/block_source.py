"""Blocks made of a list of transactions: one call, one block (docs/adr/0013, 0021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.consensus.block_rules import EXTRA_DATA, ZERO_HASH
from liveledger.consensus.engine_client import EngineClient, EngineUnavailable
from liveledger.consensus.payload import ExecutionPayload, PayloadError
from liveledger.domain.hashing import hex_bytes


@dataclass(frozen=True, slots=True)
class PayloadAttributes:
    """What a new block is built with: timestamp (Unix seconds) and fee recipient (20 bytes)."""

    timestamp: int
    fee_recipient: bytes

    def to_json(self) -> dict[str, Any]:
        """PayloadAttributesV3; randomness, beacon root and withdrawals are fixed by the rules."""
        return {
            "timestamp": hex(self.timestamp),
            "prevRandao": hex_bytes(ZERO_HASH),
            "suggestedFeeRecipient": hex_bytes(self.fee_recipient),
            "withdrawals": [],
            "parentBeaconBlockRoot": hex_bytes(ZERO_HASH),
        }


# Above the time that a proposer has (PROPOSE_SECONDS of the application), which ends a longer wait.
_BUILD_SECONDS = 10.0


class BlockSource:
    """Builds on the engine's head."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine

    async def build(
        self, parent: bytes, attributes: PayloadAttributes, transactions: Sequence[bytes]
    ) -> ExecutionPayload:
        """The block on ``parent`` (hash) with exactly these transactions in this order.

        Raises EngineUnavailable, or EngineRefused when ``parent`` is not the engine's head or a transaction does not
        fit.
        """
        method = "testing_buildBlockV1"
        listed = [hex_bytes(transaction) for transaction in transactions]
        params = (hex_bytes(parent), attributes.to_json(), listed, hex_bytes(EXTRA_DATA))
        envelope = await self._engine.call(method, *params, timeout=_BUILD_SECONDS)
        try:
            return ExecutionPayload.from_json(envelope)
        except PayloadError as trouble:
            raise EngineUnavailable(str(trouble)) from trouble
        except (KeyError, TypeError, AttributeError) as trouble:
            raise EngineUnavailable(f"{method}: no envelope: {trouble!r}") from trouble
