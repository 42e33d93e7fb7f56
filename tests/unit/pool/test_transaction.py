"""What a signed transaction is, before any state is asked."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.bindings import stock_ledger
from liveledger.consensus.pool.transaction import (
    MAX_TX_BYTES,
    MAX_TX_GAS,
    BadTransaction,
    Group,
    is_genesis_contract,
    read_transaction,
)
from liveledger.domain import rlp
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import Kind, Movement, pack
from tests.unit.pool.making import CHAIN_ID, STOCK, account, address, made, signed, vote

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def reason(raw: bytes) -> str:
    with pytest.raises(BadTransaction) as caught:
        read_transaction(raw, CHAIN_ID)
    return caught.value.reason


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"gasPrice": 9},
        {"gasPrice": 9, "type": 1},
        {"type": 2, "accessList": [{"address": "0x" + "11" * 20, "storageKeys": ["0x" + "00" * 32]}]},
        {"data": b"\x00\x01" * 50},
    ],
)
def test_types_0_1_and_2_are_read_as_signed(changes: dict[str, Any]) -> None:
    raw = signed(3, 7, **changes)
    read = read_transaction(raw, CHAIN_ID)
    assert (read.sender, read.nonce, read.gas, read.target) == (address(3), 7, 50_000, STOCK)
    assert read.hash == keccak(raw)
    assert read.max_fee == changes.get("gasPrice", 1_000)


def test_a_known_sender_is_taken_over() -> None:
    assert read_transaction(signed(3), CHAIN_ID, sender=b"\x01" * 20).sender == b"\x01" * 20


def test_creation_has_no_target() -> None:
    assert made(to=None, data=b"\x00", gas=60_000).target == b""


def test_cost_is_gas_bid_and_value() -> None:
    assert made(gas=50_000, value=9).cost == 50_000 * 1_000 + 9


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"gas": MAX_TX_GAS + 1}, "too-much-gas"),
        ({"gas": 20_999}, "too-little-gas"),
        ({"gas": 21_159, "data": b"\x01" * 4}, "too-little-gas"),
        ({"gas": 21_039, "data": bytes(1) * 4}, "too-little-gas"),
        ({"chainId": CHAIN_ID + 1}, "wrong-chain"),
        ({"maxPriorityFeePerGas": 1_001}, "bad-fee"),
    ],
)
def test_what_no_state_would_take(changes: dict[str, Any], expected: str) -> None:
    assert reason(signed(**changes)) == expected


def test_the_floor_of_calldata_is_met_exactly() -> None:
    """EIP-7623: 10 gas a token; a byte that is not zero has four."""
    assert made(gas=21_160, data=b"\x01" * 4).gas == 21_160


def test_a_delegation_and_a_blob_are_named() -> None:
    assert reason(b"\x04" + rlp.encode([b""] * 13)) == "delegation"
    assert reason(b"\x03" + rlp.encode([b""] * 14)) == "blob-transaction"
    assert reason(b"\x05" + rlp.encode([b""] * 12)) == "unknown-type"


def test_a_transaction_is_bounded() -> None:
    assert reason(b"") == "oversized"
    assert reason(b"\x02" + bytes(MAX_TX_BYTES)) == "oversized"


def test_the_other_form_of_a_signature_is_refused() -> None:
    """Both s and order − s recover a key; one of them only is valid, or every transaction would have two hashes."""
    raw = signed()
    items = rlp.decode_list(raw[1:])
    flipped = [*items[:-3], 1 - rlp.uint(items[-3]), items[-2], ORDER - rlp.uint(items[-1])]
    assert reason(raw[:1] + rlp.encode(flipped)) == "bad-signature"  # type: ignore[arg-type]


@pytest.mark.parametrize("signature", [(0, 0, 1), (0, 1, 0), (2, 1, 1), (0, ORDER, 1)])
def test_a_signature_of_nobody_is_refused(signature: tuple[int, int, int]) -> None:
    items = rlp.decode_list(signed()[1:])
    assert reason(b"\x02" + rlp.encode([*items[:-3], *signature])) == "bad-signature"  # type: ignore[list-item]


@given(st.binary(max_size=400))
def test_junk_is_refused_by_name(raw: bytes) -> None:
    assert reason(raw)


@given(st.data())
def test_a_changed_byte_makes_another_sender_or_none(data: st.DataObject) -> None:
    raw = bytearray(signed(4))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    found = None
    with contextlib.suppress(BadTransaction):
        found = read_transaction(bytes(raw), CHAIN_ID).sender
    assert found != address(4)


def test_a_legacy_transaction_without_a_chain_is_refused() -> None:
    body = [0, 9, 50_000, STOCK, 0, b""]
    signature = account(1).unsafe_sign_hash(keccak(rlp.encode(body)))
    assert reason(rlp.encode([*body, signature.v, signature.r, signature.s])) == "wrong-chain"


def batch(*kinds: Kind) -> bytes:
    movements = [Movement(sku, kind, 1, 1, 5, 1_000) for sku, kind in enumerate(kinds, 1)]
    return stock_ledger.Post(0, 1, bytes(32), pack(movements)).calldata()


@pytest.mark.parametrize(
    ("kinds", "group"),
    [
        ([Kind.RESERVE], Group.RESERVATIONS),
        ([Kind.RESERVE] * 5, Group.RESERVATIONS),
        ([Kind.RESERVE, Kind.SELL], Group.REST),
        ([Kind.SELL, Kind.RESERVE], Group.REST),
        ([Kind.RECEIVE], Group.REST),
    ],
)
def test_a_batch_of_nothing_but_reservations_is_known(kinds: list[Kind], group: Group) -> None:
    assert made(gas=MAX_TX_GAS, data=batch(*kinds)).group is group


def test_many_records_of_one_group_are_looked_at() -> None:
    run = [Movement(1, Kind.RESERVE, 1, 1, 5, 1_000) for _ in range(40)]
    for movements, group in ((run, Group.RESERVATIONS), ([*run, Movement(1, Kind.SELL, 1, 0, 5, 1_000)], Group.REST)):
        data = stock_ledger.Post(0, 1, bytes(32), pack(movements)).calldata()
        assert made(gas=MAX_TX_GAS, data=data).group is group


@given(st.binary(max_size=300))
def test_arguments_that_cannot_be_read_are_no_reservations(arguments: bytes) -> None:
    assert made(gas=MAX_TX_GAS, data=stock_ledger.Post.SELECTOR + arguments).group is Group.REST


def test_an_offset_beyond_the_arguments_is_no_reservation() -> None:
    for offset in (2**255, 2**32, 10_000):
        data = stock_ledger.Post.SELECTOR + bytes(96) + offset.to_bytes(32) + bytes(64)
        assert made(gas=MAX_TX_GAS, data=data).group is Group.REST


def test_the_contracts_of_genesis_go_first() -> None:
    assert vote().group is Group.GOVERNANCE
    assert not is_genesis_contract(b"")
    assert not is_genesis_contract(STOCK)
