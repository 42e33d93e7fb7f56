"""Which proposals whoever holds a validator key has asked for: by a join request, or by a proof for a later key.

A vote gives a key to an organisation for good. Keys are public: without their holder's word one organisation could
have another's assigned to itself, and the other could never use it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.bindings import governance, validators
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, VALIDATORS_ADDRESS
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json, hex_bytes
from liveledger.node.admission import MAX_DEPTH, MAX_REQUEST_BYTES, read_request
from liveledger.node.descriptors import check_format, is_format, named, parse
from liveledger.verifier import ed25519, shape

FORMAT = "liveledger-validator-proof/1"
# As with cards: no vote of CometBFT begins with these bytes.
_SIGNED = b"LiveLedger validator key, version 1\0"
_FIELDS = ("format", "evm_chain_id", "gln", "validator_key")
# Of calldata: the selector, then words.
_SELECTOR, _WORD = 4, 32


@dataclass(frozen=True, slots=True)
class Proven:
    """What holds of a checked file: this validator key (32 bytes) is to be the organisation's with this GLN.

    ``admission``: targets and data of the calls that a join request asks for besides, in their order; else none.
    """

    gln: int
    validator_key: bytes
    admission: tuple[tuple[bytes, bytes], ...] = ()

    def asks_for(self, calls: Sequence[governance.Call], organisation: int, owner_of: Callable[[bytes], int]) -> bool:
        """Whether the key's holder asks for a proposal's calls: the admission, or power for the key, alone.

        ``organisation``: number of the one with the GLN, 0 where there is none yet; ``owner_of`` gives the number of
        a validator key's owner, whose power may go to this key when it is the same organisation.
        """
        found = tuple((bytes(call.target), bytes(call.data)) for call in calls)
        if self.admission and found == self.admission:
            return True
        if not organisation or len(found) != 1 or found[0][0] != VALIDATORS_ADDRESS:
            return False
        data = found[0][1]
        # Whatever its power: how much is what members vote on.
        given = validators.SetValidator(organisation, self.validator_key, 0).calldata()
        if data[:-_WORD] == given[:-_WORD] and len(data) == len(given):
            return True
        old = data[_SELECTOR : _SELECTOR + _WORD]
        rotated = validators.RotateValidator(old.ljust(_WORD, b"\0"), self.validator_key).calldata()
        return data == rotated and owner_of(old) == organisation


def write_proof(key: Ed25519PrivateKey, gln: int, *, evm_chain_id: int) -> bytes:
    """The file in which a key's holder says whose validator key it is to be, on which ledger. No secret is in it."""
    content = {
        "format": FORMAT,
        "evm_chain_id": str(evm_chain_id),
        "gln": gs1.gln_text(gln),
        "validator_key": hex_bytes(key.public_key().public_bytes_raw()),
    }
    signature = key.sign(_SIGNED + canonical_json(content))
    data = json.dumps({**content, "signature": hex_bytes(signature)}, indent=2).encode() + b"\n"
    read_proven(data, evm_chain_id=evm_chain_id)
    return data


def read_proven(data: bytes, *, evm_chain_id: int) -> Proven:
    """Reads and checks a proof, or a join request, which is one too.

    Raises InvalidInput (``invalid-validator-proof``, or a request's errors) that names what is wrong.
    """
    with named("invalid-validator-proof", hint="ask the key's holder for the file again, byte for byte"):
        value = parse(data, MAX_REQUEST_BYTES, MAX_DEPTH)
        if is_format(value, FORMAT):
            return _proof(value, evm_chain_id)
        kind = value.get("format") if isinstance(value, dict) else None
        if not isinstance(kind, str) or not kind.startswith("liveledger-join/"):
            check_format(value, FORMAT, "proof")
    # Its deadline bounds the admission, which the contract sees to: whose the keys are holds after it.
    request = read_request(data, evm_chain_id=evm_chain_id, now=0)
    admit, listing = request.calls()
    calls = ((CONSORTIUM_ADDRESS, admit.calldata()), (VALIDATORS_ADDRESS, listing.calldata()))
    return Proven(request.application.gln, bytes.fromhex(request.node.validator_key), calls)


def _proof(value: object, evm_chain_id: int) -> Proven:
    entry = shape.fields(value, "proof", (*_FIELDS, "signature"))
    if shape.decimal(entry["evm_chain_id"], "proof.evm_chain_id") != evm_chain_id:
        raise shape.refuse(f"proof.evm_chain_id is not {evm_chain_id}: it was made for another ledger")
    try:
        gln = gs1.gln(shape.text(entry["gln"], "proof.gln", gs1.GLN_LENGTH))
    except InvalidInput as trouble:
        raise shape.refuse(f"proof.gln: {trouble.message}") from None
    key = shape.hexadecimal(entry["validator_key"], "proof.validator_key", 32)
    signature = shape.hexadecimal(entry["signature"], "proof.signature", 64)
    if not ed25519.verify(key, signature, _SIGNED + canonical_json({name: entry[name] for name in _FIELDS})):
        raise shape.refuse("proof.signature is not the validator key's over this proof")
    return Proven(gln, key)
