"""The contracts that stand on the chain since genesis: their code, first storage and funds (docs/formats.md)."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from liveledger.bindings import (
    allowances,
    block_hashes,
    consortium,
    creator,
    directory,
    governance,
    recovery,
    validators,
)
from liveledger.bindings.constants import (
    ALLOWANCES_ADDRESS,
    BLOCK_HASHES_ADDRESS,
    CONSORTIUM_ADDRESS,
    CREATOR_ADDRESS,
    DIRECTORY_ADDRESS,
    GOVERNANCE_ADDRESS,
    MAX_TOTAL_POWER,
    MAX_VALIDATORS,
    RECOVERY_ADDRESS,
    VALIDATORS_ADDRESS,
    ContractFlag,
    ContractState,
)
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import address_word, hex_bytes, keccak, mapping_slot, uint_word

# Every contract of genesis. The Directory lists all of them from the first block on.
CONTRACTS: dict[bytes, ModuleType] = {
    DIRECTORY_ADDRESS: directory,
    CONSORTIUM_ADDRESS: consortium,
    GOVERNANCE_ADDRESS: governance,
    CREATOR_ADDRESS: creator,
    BLOCK_HASHES_ADDRESS: block_hashes,
    VALIDATORS_ADDRESS: validators,
    ALLOWANCES_ADDRESS: allowances,
    RECOVERY_ADDRESS: recovery,
}
ADMINISTRATOR_SLOT = 0
TOTALS_SLOT = 0
POWERS_SLOT = 1
POWER_SHIFT = 16
KEY_BYTES = 32
VERSIONS_SLOT, ENTRIES_SLOT, LISTINGS_SLOT = 1, 2, 3
STATE_SHIFT = 224
LISTED, FLAGS_SHIFT = 1, 8


def allocation(administrator: bytes, keys: list[tuple[bytes, int]], funds_wei: int) -> dict[str, dict[str, Any]]:
    """The ``alloc`` entries (geth's form) of the contracts of genesis, by hex address.

    ``administrator`` is an address (20 bytes), ``keys`` are the validators' Ed25519 keys (32 bytes) with their voting
    power, and ``funds_wei`` is what Allowances may hand out for gas. Raises InvalidInput for a set that Validators itself
    would refuse: empty, too many, a key twice, a power of 0, a total over CometBFT's limit.
    """
    _check(keys)
    storage = {
        DIRECTORY_ADDRESS: directory_storage(administrator),
        CONSORTIUM_ADDRESS: {uint_word(ADMINISTRATOR_SLOT): address_word(administrator)},
        VALIDATORS_ADDRESS: _validators_storage(keys),
    }
    return {
        hex_bytes(address): _entry(
            module.RUNTIME_CODE, storage.get(address, {}), funds_wei if address == ALLOWANCES_ADDRESS else 0
        )
        for address, module in CONTRACTS.items()
    }


def directory_storage(administrator: bytes) -> dict[bytes, bytes]:
    """The Directory's first words by their slots: who administers (20 bytes), and all contracts of genesis."""
    words = {uint_word(ADMINISTRATOR_SLOT): address_word(administrator)}
    for address, module in CONTRACTS.items():
        words |= listing(module.NAME, module.VERSION, address, module.CODE_HASH, ContractFlag.GOVERNABLE)
    return words


def listing(name: str, version: int, address: bytes, code_hash: bytes, flags: int = 0) -> dict[bytes, bytes]:
    """The words of a contract that is active from block 0 on, by their slots in the Directory."""
    key = name.encode("ascii").ljust(32, b"\0")
    entry = mapping_slot(keccak(key + uint_word(version)), ENTRIES_SLOT)
    second = uint_word((int.from_bytes(entry) + 1) % (1 << 256))
    return {
        mapping_slot(key, VERSIONS_SLOT): uint_word(version),
        entry: uint_word(int.from_bytes(address) | ContractState.ACTIVE << STATE_SHIFT),
        second: code_hash,
        mapping_slot(address_word(address), LISTINGS_SLOT): uint_word(LISTED | flags << FLAGS_SHIFT),
    }


def _validators_storage(keys: list[tuple[bytes, int]]) -> dict[bytes, bytes]:
    total = sum(power for _, power in keys)
    powers = {mapping_slot(key, POWERS_SLOT): uint_word(power) for key, power in keys}
    return {uint_word(TOTALS_SLOT): uint_word(len(keys) | total << POWER_SHIFT)} | powers


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
