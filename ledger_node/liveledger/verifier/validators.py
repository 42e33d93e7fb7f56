"""Validator sets and their hash (cometbft: types/validator_set.go, SimpleValidator)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.verifier import merkle_sha256, protobuf, shape

MAX_VALIDATORS = 200
MAX_TOTAL_POWER = ((1 << 63) - 1) // 8  # CometBFT's own bound


@dataclass(frozen=True, slots=True)
class Validator:
    """An Ed25519 key (32 bytes) and its voting power."""

    pub_key: bytes
    power: int

    @property
    def address(self) -> bytes:
        """First 20 bytes of the key's SHA-256."""
        return merkle_sha256.sha256(self.pub_key)[:20]

    @classmethod
    def read(cls, value: Any, where: str) -> Validator:
        """Reads ``{pub_key, power}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("pub_key", "power"))
        power = shape.decimal(entry["power"], f"{where}.power", MAX_TOTAL_POWER)
        if power == 0:
            raise shape.refuse(f"{where}: a validator without power")
        return cls(shape.hexadecimal(entry["pub_key"], f"{where}.pub_key", 32), power)

    def as_json(self) -> dict[str, str]:
        """The JSON form."""
        return {"pub_key": "0x" + self.pub_key.hex(), "power": str(self.power)}


def read_set(value: Any, where: str) -> tuple[Validator, ...]:
    """Reads a validator set in CometBFT's order; no key twice, total power in bounds. Raises Refusal (step 1)."""
    validators = tuple(shape.array(value, where, MAX_VALIDATORS, Validator.read))
    if not validators or len({validator.pub_key for validator in validators}) != len(validators):
        raise shape.refuse(f"{where} is empty or names a key twice")
    if total_power(validators) > MAX_TOTAL_POWER:
        raise shape.refuse(f"{where} has more power than CometBFT allows")
    return validators


def total_power(validators: Sequence[Validator]) -> int:
    """Sum of the powers."""
    return sum(validator.power for validator in validators)


def set_hash(validators: Sequence[Validator]) -> bytes:
    """Merkle root (32 bytes) over the SimpleValidator encodings, in order."""
    return merkle_sha256.root(
        [
            protobuf.message(1, protobuf.message(1, validator.pub_key)) + protobuf.number(2, validator.power)
            for validator in validators
        ]
    )
