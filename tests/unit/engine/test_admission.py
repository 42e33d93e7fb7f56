"""Join requests: what is signed is what is read, and whatever was touched is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import validators
from liveledger.bindings.constants import OrganisationKind
from liveledger.consensus.peers import host_bytes
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json, keccak
from liveledger.node.admission import JoinRequest, commit_name, read_request, write_request
from liveledger.node.genesis import validator_address
from liveledger.node.network import Member
from liveledger.node.possession import Claim, NodeKeys, prove

CHAIN = 77
GLN = 9521239000018
ACCOUNTS = [Account.from_key(bytes([number] * 32)) for number in (1, 2, 3)]
KEYS = NodeKeys(*(Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)) for seed in (4, 5)))
OTHERS = NodeKeys(*(Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32)) for seed in (6, 7)))
NODE = Member(
    name="warehouse-north",
    node_id=validator_address(KEYS.node.public_key().public_bytes_raw()).hex(),
    validator_key=KEYS.validator.public_key().public_bytes_raw().hex(),
    power=10,
    host="10.0.0.7",
    consensus_p2p=26_656,
)


def request(**changes: Any) -> bytes:
    """A good request, or one whose named fields were changed after it was signed."""
    data = write_request(
        OrganisationKind.WAREHOUSE, GLN, b"\x11" * 32, ACCOUNTS, NODE, KEYS, evm_chain_id=CHAIN, deadline=2_000
    )
    return json.dumps(json.loads(data) | changes).encode() if changes else data


def read(data: bytes, chain: int = CHAIN, now: int = 1_000) -> JoinRequest:
    return read_request(data, evm_chain_id=chain, now=now)


def test_a_request_says_what_the_contract_takes() -> None:
    found = read(request())
    call, listing = found.calls()
    assert found.node == NODE
    assert (call.application.kind, call.application.gln) == (OrganisationKind.WAREHOUSE, GLN)
    assert call.application.administrators == [bytes.fromhex(account.address[2:]) for account in ACCOUNTS]
    assert (listing.gln, found.node.node_id) == (GLN, NODE.node_id)
    assert listing.node_id == bytes.fromhex(NODE.node_id)
    assert listing.node == validators.Node(0, 26_656, host_bytes("10.0.0.7"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "brand"}, "signature is not the system administrator's"),
        ({"kind": "bank"}, "no kind of organisation"),
        ({"kind": "BRAND"}, "no kind of organisation"),
        ({"gln": "9521239000025"}, r"administrators\[0\].signature"),
        ({"gln": "9521239000019"}, "check digit"),
        ({"name_commitment": "0x" + "22" * 32}, "signature is not the system administrator's"),
        ({"deadline": "2001"}, r"administrators\[0\].signature"),
        ({"deadline": 2000}, "deadline"),
        ({"administrators": []}, "not three"),
        ({"signature": "0x" + "00" * 65}, "signature is not the system administrator's"),
        ({"signature": "0x"}, "signature"),
        ({"format": "liveledger-join/9"}, "liveledger-join/9"),
        ({"format": "other"}, "format"),
        ({"extra": 1}, "extra"),
        ({"node": {}}, "node"),
        ({"possession": {}}, "possession"),
        ({"possession": None}, "possession"),
        ({"format": "liveledger-join/2"}, "does not prove"),
    ],
)
def test_whatever_was_touched_is_refused_by_name(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read(request(**changes))


@pytest.mark.parametrize("version", [1, 2])
def test_requests_without_proof_are_refused_as_that(version: int) -> None:
    """As the releases before wrote them: signed, and without the word of the node's keys."""
    content = json.loads(request()) | {"format": f"liveledger-join/{version}"}
    del content["signature"], content["possession"]
    if version == 1:
        content["node"] |= {"execution_key": "0x" + "11" * 64, "execution_p2p": 30_303}
    signed = keccak(f"LiveLedger join request, version {version}\0".encode() + canonical_json(content))
    signature = ACCOUNTS[0].unsafe_sign_hash(signed).signature
    with pytest.raises(InvalidInput) as refused:
        read(json.dumps(content | {"signature": "0x" + bytes(signature).hex()}).encode())
    assert refused.value.stable_code == "unproven-request"
    assert "liveledger member request" in (refused.value.hint or "")


ADMINISTRATOR = bytes.fromhex(ACCOUNTS[0].address[2:])


@pytest.mark.parametrize(
    ("keys", "claim", "reason"),
    [
        (NodeKeys(OTHERS.node, KEYS.validator), Claim(CHAIN, GLN, ADMINISTRATOR), "not the key of the node"),
        (NodeKeys(KEYS.node, OTHERS.validator), Claim(CHAIN, GLN, ADMINISTRATOR), "validator_signature is not"),
        (KEYS, Claim(CHAIN + 1, GLN, ADMINISTRATOR), "node_signature is not"),
        (KEYS, Claim(CHAIN, GLN + 7, ADMINISTRATOR), "node_signature is not"),
        (KEYS, Claim(CHAIN, GLN, bytes(20)), "node_signature is not"),
    ],
)
def test_keys_that_who_asks_has_not_are_refused(keys: NodeKeys, claim: Claim, reason: str) -> None:
    """Another's card can be copied, and another's request: neither makes its keys one's own."""
    with pytest.raises(InvalidInput, match=reason):
        read(request(possession=prove(keys, claim)))


def test_one_cannot_ask_with_the_keys_of_another() -> None:
    """A stranger asks with the victim's node and the proof out of the victim's request."""
    strangers = [Account.from_key(bytes([number] * 32)) for number in (11, 12, 13)]
    with pytest.raises(InvalidInput, match="not the key of the node"):
        write_request(
            OrganisationKind.BRAND, GLN, bytes(32), strangers, NODE, OTHERS, evm_chain_id=CHAIN, deadline=2_000
        )
    own = json.loads(
        write_request(OrganisationKind.BRAND, GLN, bytes(32), strangers, NODE, KEYS, evm_chain_id=CHAIN, deadline=2_000)
    )
    with pytest.raises(InvalidInput, match="node_signature is not"):
        read(json.dumps(own | {"possession": json.loads(request())["possession"]}).encode())


def test_another_ledgers_or_a_late_request_is_refused() -> None:
    with pytest.raises(InvalidInput, match="another ledger"):
        read(request(), chain=78)
    with pytest.raises(InvalidInput, match="deadline has passed"):
        read(request(), now=2_000)


def test_one_account_cannot_hold_two_powers() -> None:
    twice = [ACCOUNTS[0], ACCOUNTS[0], ACCOUNTS[2]]
    with pytest.raises(InvalidInput, match="share an account"):
        write_request(OrganisationKind.BRAND, GLN, bytes(32), twice, NODE, KEYS, evm_chain_id=CHAIN, deadline=2_000)


def test_administrators_cannot_be_exchanged() -> None:
    rows = json.loads(request())["administrators"]
    with pytest.raises(InvalidInput, match=r"administrators\[0\].signature"):
        read(request(administrators=[rows[1], rows[0], rows[2]]))


def test_a_name_is_committed_with_a_fresh_salt() -> None:
    (salt, one), (other_salt, other) = commit_name("North"), commit_name("North")
    assert salt != other_salt
    assert one != other
    assert len(salt) == 16


@given(st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(data)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_changes_nothing(place: int, value: int) -> None:
    good = request()
    data = bytearray(good)
    data[place % len(data)] = value
    try:
        found = read(bytes(data))
    except InvalidInput:
        return
    assert found == read(good)


def test_a_large_or_deep_file_is_refused() -> None:
    with pytest.raises(InvalidInput, match="more than 16384 bytes"):
        read(request() + b" " * 20_000)
    with pytest.raises(InvalidInput):
        read(b"[" * 5_000)
