"""Whose word a vote for a validator key rests on: the key's holder's, for one organisation on one ledger."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import governance, validators
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, VALIDATORS_ADDRESS
from liveledger.domain.errors import InvalidInput
from liveledger.node.validator_proofs import Proven, read_proven, write_proof
from tests.unit.engine.test_admission import CHAIN, GLN, NODE, read, request

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)) for seed in (8, 9))
PUBLIC, STRANGE, OLD = KEY.public_key().public_bytes_raw(), OTHER.public_key().public_bytes_raw(), b"\x77" * 32
OURS, THEIRS = 5, 6


def proof(**changes: Any) -> bytes:
    """A good proof, or one whose named fields were changed after it was signed."""
    return json.dumps(json.loads(write_proof(KEY, GLN, evm_chain_id=CHAIN)) | changes).encode()


def found(data: bytes) -> Proven:
    return read_proven(data, evm_chain_id=CHAIN)


def call(*calls: Any) -> list[governance.Call]:
    return [governance.Call(VALIDATORS_ADDRESS, one.calldata()) for one in calls]


def owner_of(key: bytes) -> int:
    return {OLD: OURS, STRANGE: THEIRS}.get(key, 0)


def test_a_proof_says_whose_key_it_is_to_be() -> None:
    assert found(proof()) == Proven(GLN, PUBLIC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"validator_key": "0x" + STRANGE.hex()}, "not the validator key's"),
        ({"gln": "9521239000025"}, "not the validator key's"),
        ({"gln": "9521239000019"}, "check digit"),
        ({"gln": 1}, "gln"),
        ({"evm_chain_id": "78"}, "another ledger"),
        ({"signature": "0x" + "00" * 64}, "not the validator key's"),
        ({"signature": "0x"}, "signature"),
        ({"format": "liveledger-validator-proof/2"}, "validator-proof/2"),
        ({"format": None}, "format"),
        ({"format": "liveledger-join/2"}, "does not prove"),
        ({"format": "liveledger-join/3"}, "no field"),
        ({"more": 1}, "more"),
    ],
)
def test_whatever_was_touched_is_refused_by_name(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        found(proof(**changes))


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_junk_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        found(data)


def test_a_proof_asks_for_power_for_its_key_alone() -> None:
    asked = found(proof())

    def asks(*calls: Any, organisation: int = OURS) -> bool:
        return asked.asks_for(call(*calls), organisation, owner_of)

    power = validators.SetValidator(OURS, PUBLIC, 10)
    assert asks(power)
    assert asks(validators.SetValidator(OURS, PUBLIC, 77))
    assert asks(validators.RotateValidator(OLD, PUBLIC))
    assert not asks(validators.RotateValidator(STRANGE, PUBLIC)), "another organisation's power"
    assert not asks(validators.RotateValidator(OLD, STRANGE))
    assert not asks(validators.RotateValidator(PUBLIC, OLD))
    assert not asks(validators.SetValidator(THEIRS, PUBLIC, 10))
    assert not asks(validators.SetValidator(OURS, STRANGE, 10))
    assert not asks(power, organisation=0)
    assert not asks(power, power)
    assert not asks()
    assert not asked.asks_for([governance.Call(CONSORTIUM_ADDRESS, power.calldata())], OURS, owner_of)
    assert not asked.asks_for([governance.Call(VALIDATORS_ADDRESS, b"")], OURS, owner_of)
    assert not asked.asks_for([governance.Call(VALIDATORS_ADDRESS, power.calldata() + bytes(32))], OURS, owner_of)


def test_a_join_request_asks_for_its_admission_and_its_validator_alone() -> None:
    asked = found(request())
    admit, listing = read(request()).calls()
    admission = [governance.Call(CONSORTIUM_ADDRESS, admit.calldata()), *call(listing)]
    assert asked.asks_for(admission, 0, owner_of)
    assert not asked.asks_for(admission[:1], 0, owner_of)
    assert not asked.asks_for(admission[::-1], 0, owner_of)
    assert not asked.asks_for([*admission, admission[1]], 0, owner_of)
    key = bytes.fromhex(NODE.validator_key)
    assert asked.asks_for(call(validators.SetValidator(OURS, key, 10)), OURS, owner_of)
    assert not asked.asks_for(call(validators.SetValidator(OURS, key, 10)), 0, owner_of)


def test_a_request_whose_deadline_passed_still_proves_whose_the_key_is() -> None:
    assert found(request()).validator_key.hex() == NODE.validator_key
    with pytest.raises(InvalidInput, match="deadline"):
        read(request(), now=2_000)
