"""Payloads, pages and typed data: what goes in comes out, junk is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain import payloads, typed_data
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger.domain.money import Fen, yuan_text

WORD = st.binary(min_size=32, max_size=32)
UINT64 = st.integers(0, 2**64 - 1)
INT32 = st.integers(-(2**31), 2**31 - 1)
UINT256 = st.integers(0, 2**256 - 1)
RECORDS: list[tuple[type[payloads.AbiRecord], tuple[st.SearchStrategy[Any], ...]]] = [
    (payloads.ForecastPayload, (WORD, st.lists(WORD, max_size=5).map(tuple))),
    (payloads.AlertPayload, (st.integers(0, 255), st.integers(0, 2**32 - 1), st.integers(0, 65535), UINT64, UINT64)),
    (payloads.SensorBatchPayload, (WORD, WORD, st.integers(0, 2**32 - 1), UINT64, UINT64, INT32, INT32)),
    (payloads.ReportEntry, (WORD, UINT256, WORD, UINT256)),
    (payloads.EventEntry, (WORD, WORD)),
    (payloads.SettlementEntry, (WORD, UINT256, UINT256, UINT256, UINT256, WORD)),
]


@pytest.mark.parametrize(("record", "fields"), RECORDS)
def test_records_come_back(record: type[payloads.AbiRecord], fields: tuple[st.SearchStrategy[Any], ...]) -> None:
    @given(st.tuples(*fields))
    def check(values: tuple[Any, ...]) -> None:
        original = record(*values)
        assert record.decode(original.encode()) == original

    check()


@pytest.mark.parametrize("record", [record for record, _ in RECORDS])
def test_junk_is_refused(record: type[payloads.AbiRecord]) -> None:
    @given(st.binary(max_size=400))
    def check(junk: bytes) -> None:
        try:
            decoded = record.decode(junk)
        except InvalidInput:
            return
        assert decoded.encode() == junk

    check()


def test_trailing_bytes_and_bad_values_are_refused() -> None:
    alert = payloads.AlertPayload(1, 2, 3, 4, 5)
    with pytest.raises(InvalidInput):
        payloads.AlertPayload.decode(alert.encode() + bytes(32))
    with pytest.raises(InvalidInput):
        payloads.AlertPayload(256, 2, 3, 4, 5).encode()


@given(st.sets(st.integers(1, 2**32 - 1), min_size=1, max_size=300), UINT64)
def test_terms_pages_come_back(skus: set[int], cost: int) -> None:
    rows = [payloads.TermRow(sku, Fen(cost)) for sku in sorted(skus)]
    pages = payloads.terms_pages(rows)
    assert [row for page in pages for row in payloads.parse_terms_page(page)] == rows
    assert all(len(page) <= 128 * 12 for page in pages)
    assert [len(page) // 8 for page in payloads.forecast_pages([1] * len(rows))] == [len(page) // 12 for page in pages]


@pytest.mark.parametrize("skus", [[], [2, 1], [1, 1], [0]])
def test_terms_are_ascending(skus: list[int]) -> None:
    with pytest.raises(InvalidInput):
        payloads.terms_pages([payloads.TermRow(sku, Fen(1)) for sku in skus])


@pytest.mark.parametrize("length", [0, 11, 13, 129 * 12])
def test_broken_terms_page_is_refused(length: int) -> None:
    with pytest.raises(InvalidInput):
        payloads.parse_terms_page(bytes(length))


@given(st.lists(st.tuples(st.integers(1, 2**32 - 1), *[UINT64] * 6), min_size=1, max_size=9))
def test_inputs_come_back(values: list[tuple[int, int, int, int, int, int, int]]) -> None:
    rows = [payloads.InputRow(sku, Fen(cost), *rest) for sku, cost, *rest in values]
    packed = payloads.pack_inputs(rows)
    assert payloads.parse_inputs(packed) == rows
    assert payloads.inputs_hash([packed]) == keccak(bytes(32) + keccak(packed))


@pytest.mark.parametrize("length", [0, 51, 53])
def test_broken_inputs_are_refused(length: int) -> None:
    with pytest.raises(InvalidInput):
        payloads.parse_inputs(bytes(length))


@pytest.mark.parametrize(("device", "at", "milli"), [(b"short", 0, 0), (bytes(32), -1, 0), (bytes(32), 0, 2**31)])
def test_reading_out_of_range_is_refused(device: bytes, at: int, milli: int) -> None:
    with pytest.raises(InvalidInput):
        payloads.reading_data(device, at, milli)


def test_reading_has_its_fixed_form() -> None:
    assert payloads.reading_data(b"d" * 32, 1, -1) == b"d" * 32 + bytes(7) + b"\x01" + b"\xff" * 4


def test_quantities_outside_uint64_are_refused() -> None:
    with pytest.raises(InvalidInput):
        payloads.forecast_pages([-1])


def test_signature_recovers_to_its_signer() -> None:
    account = Account.create()
    message = typed_data.PossessionMessage(bytes.fromhex(account.address[2:]), 7, 99)
    signature = typed_data.sign(message, account, chain_id=1, contract=b"c" * 20)
    digest = typed_data.digest(message, chain_id=1, contract=b"c" * 20)
    assert len(signature) == typed_data.SIGNATURE_BYTES
    assert Account._recover_hash(digest, signature=signature) == account.address
    assert digest != typed_data.digest(message, chain_id=2, contract=b"c" * 20)


def test_money_for_people() -> None:
    assert (yuan_text(Fen(175_000)), yuan_text(Fen(-5))) == ("¥1,750.00", "-¥0.05")
