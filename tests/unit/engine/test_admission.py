"""Join requests: what is signed is what is read, and whatever was touched is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st
from liveledger.bindings import validators
from liveledger.bindings.constants import OrganisationKind
from liveledger.consensus.peers import host_bytes
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import canonical_json, keccak
from liveledger.engine.admission import JoinRequest, commit_name, read_request, write_request
from liveledger.engine.network import Member

CHAIN = 77
GLN = 9521239000018
ACCOUNTS = [Account.from_key(bytes([number] * 32)) for number in (1, 2, 3)]
NODE = Member(
    name="warehouse-north",
    node_id="ab" * 20,
    validator_key="cd" * 32,
    power=10,
    host="10.0.0.7",
    consensus_p2p=26_656,
)


def request(**changes: Any) -> bytes:
    """A good request, or one whose named fields were changed after it was signed."""
    data = write_request(
        OrganisationKind.WAREHOUSE, GLN, b"\x11" * 32, ACCOUNTS, NODE, evm_chain_id=CHAIN, deadline=2_000
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
    ],
)
def test_whatever_was_touched_is_refused_by_name(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read(request(**changes))


def test_a_request_of_version_1_is_read() -> None:
    content = json.loads(request()) | {"format": "liveledger-join/1"}
    del content["signature"]
    content["node"] |= {"execution_key": "0x" + "11" * 64, "execution_p2p": 30_303}
    signed = keccak(b"LiveLedger join request, version 1\0" + canonical_json(content))
    signature = ACCOUNTS[0].unsafe_sign_hash(signed).signature
    assert read(json.dumps(content | {"signature": "0x" + bytes(signature).hex()}).encode()).node == NODE


def test_another_ledgers_or_a_late_request_is_refused() -> None:
    with pytest.raises(InvalidInput, match="another ledger"):
        read(request(), chain=78)
    with pytest.raises(InvalidInput, match="deadline has passed"):
        read(request(), now=2_000)


def test_one_account_cannot_hold_two_powers() -> None:
    twice = [ACCOUNTS[0], ACCOUNTS[0], ACCOUNTS[2]]
    with pytest.raises(InvalidInput, match="share an account"):
        write_request(OrganisationKind.BRAND, GLN, bytes(32), twice, NODE, evm_chain_id=CHAIN, deadline=2_000)


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
