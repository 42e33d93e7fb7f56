"""The contracts that stand on the chain since genesis: their code, first storage and funds (docs/formats.md)."""

from __future__ import annotations

from typing import Any

from liveledger.bindings import block_hashes, consortium, directory, governance, recovery, validators
from liveledger.bindings.constants import (
    BLOCK_HASHES_ADDRESS,
    CONSORTIUM_ADDRESS,
    DIRECTORY_ADDRESS,
    GOVERNANCE_ADDRESS,
    MAX_TOTAL_POWER,
    MAX_VALIDATORS,
    RECOVERY_ADDRESS,
    VALIDATORS_ADDRESS,
)
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import address_word, hex_bytes, mapping_slot, uint_word

ADMINISTRATOR_SLOT = 0
TOTALS_SLOT = 0
POWERS_SLOT = 1
POWER_SHIFT = 16
KEY_BYTES = 32


def allocation(administrator: bytes, keys: list[tuple[bytes, int]], funds_wei: int) -> dict[str, dict[str, Any]]:
    """The ``alloc`` entries (geth's form) of the contracts of genesis, by hex address.

    ``administrator`` is an address (20 bytes), ``keys`` are the validators' Ed25519 keys (32 bytes) with their voting
    power, and ``funds_wei`` is what the Consortium may hand out for gas. Raises InvalidInput for a set that the Consortium itself
    would refuse: empty, too many, a key twice, a power of 0, a total over CometBFT's limit.
    """
    _check(keys)
    administered = {uint_word(ADMINISTRATOR_SLOT): address_word(administrator)}
    total = sum(power for _, power in keys)
    powers = {mapping_slot(key, POWERS_SLOT): uint_word(power) for key, power in keys}
    totals = {uint_word(TOTALS_SLOT): uint_word(len(keys) | total << POWER_SHIFT)}
    return {
        hex_bytes(DIRECTORY_ADDRESS): _entry(directory.RUNTIME_CODE, administered, 0),
        hex_bytes(CONSORTIUM_ADDRESS): _entry(consortium.RUNTIME_CODE, administered, funds_wei),
        hex_bytes(GOVERNANCE_ADDRESS): _entry(governance.RUNTIME_CODE, {}, 0),
        hex_bytes(BLOCK_HASHES_ADDRESS): _entry(block_hashes.RUNTIME_CODE, {}, 0),
        hex_bytes(VALIDATORS_ADDRESS): _entry(validators.RUNTIME_CODE, totals | powers, 0),
        hex_bytes(RECOVERY_ADDRESS): _entry(recovery.RUNTIME_CODE, {}, 0),
    }


def _entry(code: bytes, storage: dict[bytes, bytes], balance: int) -> dict[str, Any]:
    return {
        "nonce": "0x1",
        "balance": hex(balance),
        "code": hex_bytes(code),
        "storage": {hex_bytes(slot): hex_bytes(value) for slot, value in storage.items()},
    }


def _check(keys: list[tuple[bytes, int]]) -> None:
    if not 1 <= len(keys) <= MAX_VALIDATORS:
        raise InvalidInput(f"a ledger starts with 1 to {MAX_VALIDATORS} validators, not {len(keys)}")
    if len({key for key, _ in keys}) != len(keys):
        raise InvalidInput("a validator's key is there twice")
    for key, power in keys:
        if len(key) != KEY_BYTES or not any(key) or power < 1:
            raise InvalidInput(f"validator {key.hex()} with power {power}: a key has 32 bytes, a power is at least 1")
    if sum(power for _, power in keys) > MAX_TOTAL_POWER:
        raise InvalidInput(f"the total voting power is over {MAX_TOTAL_POWER}")
