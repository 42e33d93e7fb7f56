"""What all nodes of one network share, and the check that the engine and CometBFT were born of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.bindings.constants import ALLOWANCES_ADDRESS
from liveledger.domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ChainRules:
    """Constants of a network: chain ids, hash of the execution genesis, Consortium's address, the first validators.

    ``validators`` are pairs of Ed25519 key (32 bytes) and power, as they stand in ``app_state``.
    """

    chain_id: str
    evm_chain_id: int
    genesis_hash: bytes
    consortium: bytes
    validators: tuple[tuple[bytes, int], ...]

    @property
    def fee_recipient(self) -> bytes:
        """Fees return to the pot that funds members."""
        return ALLOWANCES_ADDRESS

    @classmethod
    def from_app_state(cls, chain_id: str, app_state: dict[str, Any]) -> ChainRules:
        """Reads ``app_state`` of CometBFT's genesis. Raises ConfigurationError when a part is missing."""
        try:
            return cls(
                chain_id=chain_id,
                evm_chain_id=int(app_state["evm_chain_id"]),
                genesis_hash=bytes.fromhex(app_state["execution_genesis"]),
                consortium=bytes.fromhex(app_state["consortium"]),
                validators=tuple((bytes.fromhex(key), int(power)) for key, power in app_state["validators"]),
            )
        except (KeyError, TypeError, ValueError) as trouble:
            raise ConfigurationError(f"app_state of the genesis cannot be read: {trouble!r}") from trouble

    def app_state(self) -> dict[str, Any]:
        """The object that CometBFT's genesis carries and hands to ``InitChain``."""
        return {
            "evm_chain_id": str(self.evm_chain_id),
            "execution_genesis": self.genesis_hash.hex(),
            "consortium": self.consortium.hex(),
            "validators": [[key.hex(), str(power)] for key, power in self.validators],
        }

    def check_init(self, chain_id: str, app_state: bytes, validators: Sequence[tuple[bytes, int]]) -> None:
        """Compares what CometBFT starts with. Raises ConfigurationError, naming the part that differs."""
        given = ChainRules.from_app_state(chain_id, json.loads(app_state))
        if given != self:
            raise ConfigurationError("CometBFT's genesis is not the one of this network", hint=f"chain id {chain_id}")
        if sorted(validators) != sorted(self.validators):
            raise ConfigurationError("CometBFT's genesis validators are not those of app_state")
