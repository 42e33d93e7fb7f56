"""Proof that whoever asks to join has the keys of its node: signed for one ledger, organisation and account.

A card is signed by the validator key, but for nobody: who copies it could ask to join with another's keys, and a vote
would give them to it. These signatures are good for nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.domain.hashing import canonical_json, hex_bytes
from liveledger.node.genesis import validator_address
from liveledger.verifier import ed25519, shape

# Neither a vote of CometBFT (those begin with a length and a tag) nor a message of its peers' handshake (32 bytes).
_SIGNED = b"LiveLedger key possession, version 1\0"
_FIELDS = ("node_key", "node_signature", "validator_signature")
_SIGNATURE_BYTES, _KEY_BYTES = 64, 32


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The secret keys of a node: the one that its peers know it by, and its validator's."""

    node: Ed25519PrivateKey
    validator: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Claim:
    """Who says that the keys are its own: on which ledger, which organisation (GLN), by which account (20 bytes)."""

    evm_chain_id: int
    gln: int
    account: bytes

    def message(self) -> bytes:
        """What both keys sign."""
        content = {
            "evm_chain_id": str(self.evm_chain_id),
            "gln": f"{self.gln:013}",
            "account": hex_bytes(self.account),
        }
        return _SIGNED + canonical_json(content)


def prove(keys: NodeKeys, claim: Claim) -> dict[str, str]:
    """The proof in the form that requests hold."""
    message = claim.message()
    return {
        "node_key": hex_bytes(keys.node.public_key().public_bytes_raw()),
        "node_signature": hex_bytes(keys.node.sign(message)),
        "validator_signature": hex_bytes(keys.validator.sign(message)),
    }


def check(value: Any, where: str, claim: Claim, *, node_id: str, validator_key: str) -> None:
    """Raises Refusal unless both keys (both as lower-case hex) signed the claim."""
    entry = shape.fields(value, where, _FIELDS)
    key = shape.hexadecimal(entry["node_key"], f"{where}.node_key", _KEY_BYTES)
    if validator_address(key).hex() != node_id:
        raise shape.refuse(f"{where}.node_key is not the key of the node {node_id}")
    message = claim.message()
    for name, signer in (("node_signature", key), ("validator_signature", bytes.fromhex(validator_key))):
        signature = shape.hexadecimal(entry[name], f"{where}.{name}", _SIGNATURE_BYTES)
        if not ed25519.verify(signer, signature, message):
            raise shape.refuse(f"{where}.{name} is not the key's for this ledger, organisation and account")
