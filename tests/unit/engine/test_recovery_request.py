"""Requests to recover an organisation: what the contract takes, and everything that is none."""

from __future__ import annotations

import json

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import recovery
from liveledger.domain.errors import InvalidInput
from liveledger.domain.gs1 import gln, with_check_digit
from liveledger.node.recovery_request import MAX_RECOVERY_BYTES, RecoveryRequest, read_recovery, write_recovery

CHAIN = 77
GLN = gln(with_check_digit("952123900002"))
FRESH, OTHER = (Account.from_key(bytes([seed]) * 32) for seed in (7, 8))
DEADLINE = 2_000


def request(**changes: object) -> bytes:
    data = write_recovery(GLN, 5, FRESH, evm_chain_id=CHAIN, deadline=DEADLINE)
    return json.dumps(json.loads(data) | changes).encode() if changes else data


def read(data: bytes, chain: int = CHAIN, now: int = 1_000) -> RecoveryRequest:
    return read_recovery(data, evm_chain_id=chain, now=now)


def test_a_request_says_what_the_contract_takes() -> None:
    found = read(request())
    account = bytes.fromhex(FRESH.address[2:])
    assert (found.gln, found.organisation, found.account, found.deadline) == (GLN, 5, account, DEADLINE)
    assert found.call() == recovery.Begin(5, account, DEADLINE, found.signature)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"organisation": "6"}, "signature is not the new account's"),
        ({"organisation": "65536"}, "no organisation's number"),
        ({"organisation": 5}, "organisation"),
        ({"account": OTHER.address.lower()}, "signature is not the new account's"),
        ({"deadline": "2001"}, "signature is not the new account's"),
        ({"gln": "9521239000029"}, "check digit"),
        ({"signature": "0x" + "00" * 65}, "signature is not the new account's"),
        ({"signature": "0x"}, "signature"),
        ({"evm_chain_id": "78"}, "another ledger"),
        ({"format": "liveledger-recovery/9"}, "liveledger-recovery/9"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_was_changed_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refusal:
        read(request(**changes))
    assert refusal.value.stable_code == ("newer-format" if "format" in changes else "invalid-recovery")


def test_a_request_is_of_its_ledger_and_time() -> None:
    with pytest.raises(InvalidInput, match="another ledger"):
        read(request(), chain=78)
    with pytest.raises(InvalidInput, match="deadline has passed"):
        read(request(), now=DEADLINE)


@given(st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(data)
    with pytest.raises(InvalidInput):
        read(request() + b" " * MAX_RECOVERY_BYTES + data)
