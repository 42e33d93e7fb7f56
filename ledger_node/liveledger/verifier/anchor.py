"""The trust anchor: the one thing that a client must have got from someone it trusts (docs/bundle.md)."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import canonical_json, hex_bytes
from liveledger.verifier import shape
from liveledger.verifier.header import MAX_HEIGHT
from liveledger.verifier.times import Time
from liveledger.verifier.validators import Validator, read_set

FORMATS = {1: "liveledger-trust/1", 2: "liveledger-trust/2"}
MAX_ANCHOR_BYTES = 1 << 18
MAX_CONTRACTS = 32
VALIDITY_SECONDS = 365 * 86_400
_PINS = {1: ("contracts",), 2: ()}
_COMMON = ("format", "chain_id", "evm_chain_id", "height", "validators", "directory", "valid_until", "issued_at")


@dataclass(frozen=True, slots=True)
class ContractPin:
    """Address (20 bytes), code hash (32 bytes) and version of a contract."""

    address: bytes
    code_hash: bytes
    version: int

    @classmethod
    def read(cls, value: Any, where: str) -> ContractPin:
        """Reads ``{address, code_hash, version}``. Raises Refusal (step 1)."""
        entry = shape.fields(value, where, ("address", "code_hash", "version"))
        address = shape.hexadecimal(entry["address"], f"{where}.address", 20)
        code_hash = shape.hexadecimal(entry["code_hash"], f"{where}.code_hash", 32)
        return cls(address, code_hash, shape.decimal(entry["version"], f"{where}.version"))

    def as_json(self) -> dict[str, str]:
        """The JSON form."""
        return {
            "address": hex_bytes(self.address),
            "code_hash": hex_bytes(self.code_hash),
            "version": str(self.version),
        }


@dataclass(frozen=True, slots=True)
class TrustAnchor:
    """``validators`` sign height + 1. ``digest`` is the header's hash at ``height``, at height 0 the genesis block's.

    ``directory`` has no version: its ``version`` is 0. ``form`` says how it keeps its entries. ``contracts`` pins
    contracts by name in form 1; in form 2 it is empty: all others are found in the Directory.
    """

    chain_id: str
    evm_chain_id: int
    height: int
    digest: bytes
    validators: tuple[Validator, ...]
    directory: ContractPin
    contracts: dict[str, ContractPin]
    valid_until: Time
    issued_at: Time
    form: int = 2

    @classmethod
    def parse(cls, data: bytes) -> TrustAnchor:
        """Reads the bytes of ``trust.json`` (any white space). Raises Refusal (step 1) that names the field."""
        return cls.read(shape.parse_json(data, limit=MAX_ANCHOR_BYTES))

    @classmethod
    def read(cls, value: Any) -> TrustAnchor:
        """Reads the JSON form. Raises Refusal (step 1) that names the field."""
        height = shape.decimal(value.get("height") if isinstance(value, dict) else None, "anchor.height", MAX_HEIGHT)
        digest_field = "header_hash" if height else "genesis_hash"
        form = _read_form(value)
        entry = shape.fields(value, "anchor", (*_COMMON, digest_field, *_PINS[form]))
        directory = shape.fields(entry["directory"], "anchor.directory", ("address", "code_hash"))
        return cls(
            chain_id=shape.text(entry["chain_id"], "anchor.chain_id", 50),
            evm_chain_id=shape.decimal(entry["evm_chain_id"], "anchor.evm_chain_id"),
            height=height,
            digest=shape.hexadecimal(entry[digest_field], f"anchor.{digest_field}", 32),
            validators=read_set(entry["validators"], "anchor.validators"),
            directory=ContractPin.read({**directory, "version": "0"}, "anchor.directory"),
            contracts=_read_contracts(entry["contracts"]) if form == 1 else {},
            valid_until=Time.read(entry["valid_until"], "anchor.valid_until"),
            issued_at=Time.read(entry["issued_at"], "anchor.issued_at"),
            form=form,
        )

    def as_json(self) -> dict[str, Any]:
        """The JSON form."""
        directory = self.directory.as_json()
        del directory["version"]
        pins = {"contracts": {name: pin.as_json() for name, pin in self.contracts.items()}}
        return {
            "format": FORMATS[self.form],
            "chain_id": self.chain_id,
            "evm_chain_id": str(self.evm_chain_id),
            "height": str(self.height),
            "header_hash" if self.height else "genesis_hash": hex_bytes(self.digest),
            "validators": [validator.as_json() for validator in self.validators],
            "directory": directory,
            **(pins if self.form == 1 else {}),
            "valid_until": self.valid_until.as_json(),
            "issued_at": self.issued_at.as_json(),
        }

    def emit(self) -> bytes:
        """Bytes of ``trust.json``: sorted keys, indented, one line feed at the end; the same on every machine."""
        return json.dumps(self.as_json(), indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"

    def fingerprint(self) -> str:
        """32 base32 characters: the first 20 bytes of SHA-256 over the RFC 8785 form without ``issued_at``."""
        content = self.as_json()
        del content["issued_at"]
        return base64.b32encode(hashlib.sha256(canonical_json(content)).digest()[:20]).decode()


def _read_form(value: Any) -> int:
    wanted = value.get("format") if isinstance(value, dict) else None
    for form, name in FORMATS.items():
        if wanted == name:
            return form
    raise shape.refuse(f"this is no trust anchor of the format {' or '.join(FORMATS.values())}")


def _read_contracts(value: Any) -> dict[str, ContractPin]:
    if not isinstance(value, dict) or len(value) > MAX_CONTRACTS:
        raise shape.refuse(f"anchor.contracts is no object of at most {MAX_CONTRACTS} contracts")
    for name in value:
        if not name.isascii() or not name.isalnum() or len(name) > 32:
            raise shape.refuse(f"anchor.contracts: {name[:40]!r} is no name of a contract")
    return {name: ContractPin.read(pin, f"anchor.contracts.{name}") for name, pin in value.items()}
