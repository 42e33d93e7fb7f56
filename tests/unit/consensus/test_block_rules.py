"""What a proposed block must be, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.consensus.block_rules import EXTRA_DATA, Head, block_timestamp, refuse
from liveledger.consensus.limits import GAS_LIMIT
from tests.unit.consensus.test_payload import example

PARENT = Head(number=6, hash=b"\x11" * 32, timestamp=1_000)
RECIPIENT = b"\x22" * 20


def verdict(*, height: int = 7, block_time: int = 1_003, parent: Head = PARENT, **changes: Any) -> str | None:
    good = {
        "number": 7,
        "parent_hash": PARENT.hash,
        "timestamp": 1_003,
        "fee_recipient": RECIPIENT,
        "gas_limit": GAS_LIMIT,
        "extra_data": EXTRA_DATA,
    }
    found = refuse(
        example(**good | changes), height=height, block_time=block_time, parent=parent, fee_recipient=RECIPIENT
    )
    return found.reason if found else None


def test_a_good_block_is_not_refused() -> None:
    assert verdict() is None
    assert verdict(state_root=b"\x33" * 32, transactions=(b"x",), requests=(b"\x01y",), gas_used=5) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": 8}, "wrong-number"),
        ({"height": 8, "number": 8}, "parent-not-head"),
        ({"parent_hash": bytes(32)}, "wrong-parent"),
        ({"timestamp": 1_004}, "wrong-time"),
        ({"timestamp": 1_002}, "wrong-time"),
        ({"block_time": 999, "timestamp": 1_000}, "wrong-time"),
        ({"fee_recipient": bytes(20)}, "wrong-fee-recipient"),
        ({"prev_randao": b"\x01" * 32}, "wrong-randomness"),
        ({"gas_limit": GAS_LIMIT + 1}, "wrong-gas-limit"),
        ({"extra_data": b"go1.26"}, "wrong-extra-data"),
        ({"blob_gas_used": 131_072}, "blob-gas"),
        ({"excess_blob_gas": 1}, "blob-gas"),
    ],
)
def test_each_rule_has_its_name(changes: dict[str, Any], reason: str) -> None:
    assert verdict(**changes) == reason


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_time_moves_on_and_follows_the_header(parent: int, block_time: int) -> None:
    stamp = block_timestamp(parent, block_time)
    assert stamp > parent
    assert stamp >= block_time
    assert stamp in (parent + 1, block_time)
