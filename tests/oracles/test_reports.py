"""Reports: what is signed is what the contract checks, in the order that it wants, or nothing is sent."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import report_hub
from liveledger.chain.accounts.accounts import account_of, address_of
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger.domain.typed_data import digest
from liveledger_oracles.common.reports import Feed, Observation, calldata, draft, report_key, sign_report

HUB = bytes.fromhex("11" * 20)
FEED = keccak(b"a feed")
ACCOUNTS = [account_of(keccak(bytes([number]))) for number in range(1, 6)]
SIGNERS = tuple(sorted(address_of(account) for account in ACCOUNTS))


def feed(quorum: int = 1, signers: tuple[bytes, ...] = SIGNERS, chain_id: int = 7, version: int = 1) -> Feed:
    return Feed(chain_id, HUB, FEED, signers, quorum, version)


def signer_of(message_digest: bytes, signature: bytes) -> bytes:
    address = Account._recover_hash(message_digest, signature=signature)
    return bytes.fromhex(address[2:])


@given(st.permutations(ACCOUNTS), st.integers(1, 5), st.binary(max_size=64))
def test_signatures_ascend_by_signer_and_reach_the_quorum(
    accounts: list[LocalAccount], quorum: int, payload: bytes
) -> None:
    chosen = feed(quorum)
    message = draft(chosen, Observation(0, payload, 100, 200))
    signatures = sign_report(chosen, message, accounts)
    signed = digest(message, chain_id=7, contract=HUB)
    signers = [signer_of(signed, signature) for signature in signatures]
    assert len(signers) == quorum
    assert signers == sorted(set(signers))
    assert set(signers) <= set(SIGNERS)


@pytest.mark.parametrize("changed", [feed(chain_id=8), feed(version=2), feed(quorum=2), feed(signers=SIGNERS[1:])])
def test_another_configuration_is_another_digest(changed: Feed) -> None:
    assert changed.digest != feed().digest


def test_the_call_holds_what_was_signed() -> None:
    observation = Observation(3, b"payload", 100, 200)
    message = draft(feed(), observation)
    assert (message.payload_hash, message.sequence, message.config_digest) == (keccak(b"payload"), 3, feed().digest)
    data = calldata(feed(), observation, ACCOUNTS[:1])
    expected = report_hub.Submit(
        report_hub.Report(*astuple(message)), b"payload", sign_report(feed(), message, ACCOUNTS[:1])
    )
    assert data == expected.calldata()


def test_half_a_report_is_never_signed() -> None:
    chosen = feed(3)
    message = draft(chosen, Observation(0, b"", 1, 2))
    with pytest.raises(InvalidInput, match="2 of 3"):
        sign_report(chosen, message, [ACCOUNTS[0], ACCOUNTS[1], ACCOUNTS[0]])


def test_a_stranger_is_named() -> None:
    stranger = account_of(keccak(b"stranger"))
    message = draft(feed(), Observation(0, b"", 1, 2))
    with pytest.raises(InvalidInput, match=address_of(stranger).hex()):
        sign_report(feed(), message, [ACCOUNTS[0], stranger])


@pytest.mark.parametrize(
    ("signers", "quorum"),
    [(SIGNERS[::-1], 1), ((SIGNERS[0], SIGNERS[0]), 1), (SIGNERS, 0), (SIGNERS, 6), ((), 1)],
)
def test_a_feed_must_be_well_formed(signers: tuple[bytes, ...], quorum: int) -> None:
    with pytest.raises(InvalidInput):
        feed(quorum, signers)


def test_a_deadline_lies_after_the_observation() -> None:
    with pytest.raises(InvalidInput, match="deadline"):
        draft(feed(), Observation(0, b"", 5, 5))


def test_one_key_a_feed_and_sequence() -> None:
    assert report_key(feed(), 1) != report_key(feed(), 2)
    assert report_key(feed(version=2), 1) == report_key(feed(), 1)
