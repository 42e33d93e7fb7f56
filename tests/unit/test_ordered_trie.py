"""Tries from index to value, against the trie of another implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rlp import encode  # type: ignore[import-untyped]

from liveledger.domain.ordered_trie import EMPTY_ROOT, ordered_root, prove_index
from tests.simulators import tries


def reference(receipts: list[bytes]) -> bytes:
    return tries.Trie({encode(index): receipt for index, receipt in enumerate(receipts)}).root()


@pytest.mark.parametrize("count", [1, 2, 3, 15, 16, 17, 127, 128, 129, 200, 300])
def test_counts_at_which_the_form_of_the_keys_changes(count: int) -> None:
    receipts = [bytes([index % 251]) * (40 + index % 7) for index in range(count)]
    assert ordered_root(receipts) == reference(receipts)


@given(st.lists(st.binary(min_size=1, max_size=70), min_size=1, max_size=20))
def test_any_receipts(receipts: list[bytes]) -> None:
    assert ordered_root(receipts) == reference(receipts)


def test_no_receipts() -> None:
    # Published with the Yellow Paper: the root of an empty trie.
    assert ordered_root([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


@pytest.mark.parametrize("count", [1, 2, 17, 128, 129, 300])
def test_an_index_that_is_not_there_is_proven_absent(count: int) -> None:
    values = [bytes([index % 251]) * (40 + index % 7) for index in range(count)]
    built = tries.Trie({encode(index): value for index, value in enumerate(values)})
    for index in (count, count + 1, 1000, 70_000):
        assert prove_index(values, index) == (built.root(), built.prove(encode(index)))
