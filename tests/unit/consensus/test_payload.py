"""The payload's canonical form: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import os
import zlib
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.consensus import payload as module
from liveledger.consensus.payload import FIELDS, ExecutionPayload, PayloadError
from liveledger.consensus.pool.rules import MAX_BYTES, size
from liveledger.domain import rlp

UINT64 = st.integers(0, 2**64 - 1)
BLOBS = st.lists(st.binary(max_size=300), max_size=6).map(tuple)


def field_values() -> dict[str, st.SearchStrategy[Any]]:
    kinds = {-1: UINT64, -2: st.binary(max_size=32), -3: BLOBS}
    sized = {kind: st.binary(min_size=kind, max_size=kind) for _, _, kind in FIELDS if kind > 0}
    return {name: (kinds | sized)[kind] for name, _, kind in FIELDS}


payloads = st.builds(ExecutionPayload, **field_values())


def example(**changes: Any) -> ExecutionPayload:
    """A payload of zeros with some fields set."""
    zeros: dict[int, Any] = {-1: 0, -2: b"", -3: ()}
    values: dict[str, Any] = {name: zeros.get(kind, bytes(max(kind, 0))) for name, _, kind in FIELDS}
    return ExecutionPayload(**values | changes)


def raw(payload: ExecutionPayload) -> bytes:
    return zlib.decompress(payload.pack()[1:])


def pack(content: bytes) -> bytes:
    return b"\x01" + zlib.compress(content)


def reason(packed: bytes) -> str:
    with pytest.raises(PayloadError) as caught:
        ExecutionPayload.unpack(packed)
    return caught.value.reason


@given(payloads)
def test_what_is_packed_is_unpacked(payload: ExecutionPayload) -> None:
    assert ExecutionPayload.unpack(payload.pack()) == payload


@given(payloads)
def test_the_engine_reads_back_what_it_wrote(payload: ExecutionPayload) -> None:
    envelope = {"executionPayload": payload.to_json(), "executionRequests": payload.requests_json()}
    assert ExecutionPayload.from_json(envelope) == payload


@given(st.binary(max_size=400))
def test_junk_is_refused_by_name(junk: bytes) -> None:
    assert reason(junk) in {"bad-format", "bad-compression", "bad-encoding"}
    assert reason(pack(junk)) == "bad-encoding"


@given(payloads, st.data())
@settings(max_examples=200)
def test_a_list_has_one_encoding(payload: ExecutionPayload, data: st.DataObject) -> None:
    content = bytearray(raw(payload))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    try:
        changed = ExecutionPayload.unpack(pack(bytes(content)))
    except PayloadError:
        return
    assert raw(changed) == bytes(content)
    assert changed != payload


def test_what_follows_the_stream_is_refused() -> None:
    assert reason(example().pack() + b"\0") == "bad-compression"
    assert reason(example().pack()[:-1]) == "bad-compression"
    assert reason(pack(raw(example()) + b"\0")) == "bad-encoding"


def test_a_bomb_is_not_inflated() -> None:
    assert reason(pack(bytes(module.MAX_PAYLOAD_BYTES + 1))) == "too-large"


def test_an_oversize_transaction_is_refused() -> None:
    assert reason(b"\x01" + bytes(module.MAX_PACKED_BYTES)) == "too-large"


def test_a_payload_over_the_limit_is_not_packed() -> None:
    noise = os.urandom(1 << 20)
    with pytest.raises(PayloadError, match="over"):
        example(transactions=(noise,) * 4).pack()


def test_there_is_room_for_all_that_a_vote_lets_pass() -> None:
    """Also for what cannot be compressed, in large transactions or in as many small ones as a block may have."""
    for length in (126_000, 1_000, MAX_BYTES // module.MAX_TRANSACTIONS):
        count = MAX_BYTES // size(bytes(length))
        payload = example(transactions=tuple(os.urandom(length) for _ in range(count)))
        assert ExecutionPayload.unpack(payload.pack()) == payload


def test_another_format_is_refused() -> None:
    assert reason(b"\x02" + example().pack()[1:]) == "bad-format"
    assert reason(b"") == "bad-format"


@pytest.mark.parametrize("count", [0, len(FIELDS) - 1, len(FIELDS) + 1])
def test_the_number_of_fields_is_fixed(count: int) -> None:
    assert reason(pack(rlp.encode([b""] * count))) == "bad-encoding"


def test_withdrawals_of_the_engine_are_refused() -> None:
    envelope = {"executionPayload": example().to_json() | {"withdrawals": [{}]}}
    with pytest.raises(PayloadError, match="withdrawals"):
        ExecutionPayload.from_json(envelope)


@pytest.mark.parametrize("name", [name for _, name, _ in FIELDS[:-1]])
def test_a_missing_field_is_named(name: str) -> None:
    body = example().to_json()
    del body[name]
    with pytest.raises(PayloadError, match=name):
        ExecutionPayload.from_json({"executionPayload": body})


def test_fields_are_those_of_the_class() -> None:
    assert [field.name for field in fields(ExecutionPayload)] == [attribute for attribute, _, _ in FIELDS]
    assert replace(example(), number=5).to_json()["blockNumber"] == "0x5"


def test_lists_in_a_list_are_refused() -> None:
    assert reason(pack(rlp.encode([*[b""] * (len(FIELDS) - 1), [[]]]))) == "bad-encoding"
    assert reason(pack(rlp.encode([*[b""] * (len(FIELDS) - 1), [b"x", [b"y"]]]))) == "bad-encoding"


def packed_lists(transactions: int, requests: int) -> bytes:
    """A payload of zeros with so many transactions and requests of one byte each."""
    return example(transactions=(b"\x01",) * transactions, requests=(b"\x01",) * requests).pack()


def test_a_block_has_no_more_transactions_than_its_gas_pays_for() -> None:
    assert module.MAX_TRANSACTIONS == 400_000_000 // 21_000
    full = ExecutionPayload.unpack(packed_lists(module.MAX_TRANSACTIONS, module.MAX_REQUESTS))
    assert (len(full.transactions), len(full.requests)) == (module.MAX_TRANSACTIONS, module.MAX_REQUESTS)
    assert reason(packed_lists(module.MAX_TRANSACTIONS + 1, 0)) == "too-many-items"
    assert reason(packed_lists(0, module.MAX_REQUESTS + 1)) == "too-many-items"


def test_megabytes_of_tiny_items_are_not_turned_into_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[int] = []
    spend = rlp._Budget.spend

    def count(budget: rlp._Budget) -> None:
        spent.append(1)
        spend(budget)

    monkeypatch.setattr(rlp._Budget, "spend", count)
    many = module.MAX_PAYLOAD_BYTES - 1_000
    items = rlp._head(many, 0xC0) + b"\x01" * many
    for fields_before in (0, len(FIELDS) - 2, len(FIELDS)):
        body = b"".join([b"\x80"] * fields_before) + items
        assert reason(pack(rlp._head(len(body), 0xC0) + body)) == "too-many-items"
        assert len(spent) <= len(FIELDS) + module.MAX_TRANSACTIONS + module.MAX_REQUESTS + 1
        spent.clear()
