"""Genesis of both engines: the execution chain's first state, and CometBFT's first validators."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from liveledger.consensus.block_rules import EXTRA_DATA, RULES_VERSION
from liveledger.consensus.chain_rules import ChainRules
from liveledger.consensus.limits import GAS_LIMIT

# Target 1 keeps the excess at 0 and out of a division by the span between target and maximum; 0 admits no blob at all.
_NO_BLOBS = {"target": 1, "max": 0, "baseFeeUpdateFraction": 5007716}
_BLOCK_FORKS = (
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "berlinBlock",
    "londonBlock",
)
_TIME_FORKS = ("shanghaiTime", "cancunTime", "pragueTime", "osakaTime")
_BASE_FEE_FLOOR_WEI = 7
MAX_BLOCK_BYTES = 20 * 1024 * 1024
_EVIDENCE_AGE_BLOCKS = 1_209_600
_EVIDENCE_AGE_SECONDS = 14 * 24 * 3600


def execution_genesis(evm_chain_id: int, timestamp: int, alloc: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The genesis file of the execution engine: every fork up to Osaka at 0, and the system contracts' code.

    ``timestamp`` is Unix seconds; ``alloc`` are the entries of our own contracts and accounts.
    """
    forks: dict[str, Any] = dict.fromkeys((*_BLOCK_FORKS, *_TIME_FORKS), 0)
    schedule = dict.fromkeys(("cancun", "prague", "osaka"), _NO_BLOBS)
    return {
        "config": forks | {"chainId": evm_chain_id, "terminalTotalDifficulty": 0, "blobSchedule": schedule},
        "timestamp": hex(timestamp),
        "gasLimit": hex(GAS_LIMIT),
        "baseFeePerGas": hex(_BASE_FEE_FLOOR_WEI),
        "difficulty": "0x0",
        "nonce": "0x0",
        "extraData": "0x" + EXTRA_DATA.hex(),
        "alloc": system_contracts() | alloc,
    }


def system_contracts() -> dict[str, dict[str, Any]]:
    """``alloc`` entries of the contracts of EIP-4788, 2935, 7002 and 7251; without them no block can be built."""
    text = (resources.files("liveledger.node") / "system_contracts.json").read_text()
    contracts = json.loads(text).values()
    return {entry["address"]: {"balance": "0x0", "nonce": "0x1", "code": entry["code"]} for entry in contracts}


def consensus_genesis(rules: ChainRules, timestamp: int, names: Sequence[str]) -> dict[str, Any]:
    """CometBFT's genesis file. ``names`` label the validators in the order of ``rules.validators``."""
    return {
        "genesis_time": datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "chain_id": rules.chain_id,
        "initial_height": "1",
        "consensus_params": _consensus_params(),
        "validators": [
            {
                "address": validator_address(key).hex().upper(),
                "pub_key": public_key(key),
                "power": str(power),
                "name": name,
            }
            for (key, power), name in zip(rules.validators, names, strict=True)
        ],
        "app_hash": "",
        "app_state": rules.app_state(),
    }


def _consensus_params() -> dict[str, Any]:
    return {
        "block": {"max_bytes": str(MAX_BLOCK_BYTES), "max_gas": "-1"},
        "evidence": {
            "max_age_num_blocks": str(_EVIDENCE_AGE_BLOCKS),
            "max_age_duration": str(_EVIDENCE_AGE_SECONDS * 10**9),
            "max_bytes": str(1024 * 1024),
        },
        "validator": {"pub_key_types": ["ed25519"]},
        "version": {"app": str(RULES_VERSION)},
        "abci": {"vote_extensions_enable_height": "0"},
    }


def validator_address(key: bytes) -> bytes:
    """CometBFT's address (20 bytes) of an Ed25519 key."""
    return hashlib.sha256(key).digest()[:20]


def public_key(key: bytes) -> dict[str, str]:
    """An Ed25519 public key as CometBFT's JSON files spell it."""
    return {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(key).decode()}
