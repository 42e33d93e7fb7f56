"""Merkle–Patricia proofs against an independent trie."""

from __future__ import annotations

import pytest
import rlp as other_rlp
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.domain import rlp
from liveledger.domain.ordered_trie import EMPTY_ROOT as OWN_EMPTY_ROOT
from liveledger.domain.ordered_trie import ordered_root, prove_index
from liveledger.verifier import trie
from tests.proofs.foreign import VECTORS
from tests.simulators.tries import EMPTY_ROOT, Trie, keccak

KEYS = st.binary(min_size=2, max_size=2)
MAPS = st.dictionaries(KEYS, st.binary(min_size=1, max_size=60), max_size=40)


@given(MAPS, KEYS)
def test_inclusion_and_absence(items: dict[bytes, bytes], extra: bytes) -> None:
    built = Trie(items)
    for key in [*items, extra]:
        nodes = built.prove(key)
        assert trie.prove(built.root(), key, nodes if items else []) == items.get(key)


@given(MAPS.filter(bool), st.data())
def test_no_changed_node_passes(items: dict[bytes, bytes], data: st.DataObject) -> None:
    built = Trie(items)
    key = data.draw(st.sampled_from(sorted(items)))
    nodes = built.prove(key)
    number = data.draw(st.integers(0, len(nodes) - 1))
    place = data.draw(st.integers(0, len(nodes[number]) - 1))
    mask = data.draw(st.integers(1, 255))
    broken = bytearray(nodes[number])
    broken[place] ^= mask
    with pytest.raises(trie.TrieError):
        trie.prove(built.root(), key, [*nodes[:number], bytes(broken), *nodes[number + 1 :]])


@given(MAPS.filter(lambda items: len(items) > 1), st.data())
def test_missing_spare_and_swapped_nodes_are_refused(items: dict[bytes, bytes], data: st.DataObject) -> None:
    built = Trie(items)
    key = data.draw(st.sampled_from(sorted(items)))
    nodes = built.prove(key)
    for wrong in (nodes[:-1], [*nodes, nodes[-1]], nodes[::-1] if len(nodes) > 1 else []):
        with pytest.raises(trie.TrieError):
            trie.prove(built.root(), key, wrong)


@given(MAPS)
def test_a_value_is_never_proven_under_another_key(items: dict[bytes, bytes]) -> None:
    built = Trie(items)
    for key in items:
        for other in items:
            if other == key:
                continue
            try:
                found = trie.prove(built.root(), other, built.prove(key))
            except trie.TrieError:
                continue
            assert found == items[other]


def test_empty_trie_needs_no_nodes() -> None:
    assert OWN_EMPTY_ROOT == EMPTY_ROOT
    assert trie.prove(EMPTY_ROOT, b"\x01", []) is None
    with pytest.raises(trie.TrieError, match="no nodes"):
        trie.prove(EMPTY_ROOT, b"\x01", [other_rlp.encode(b"")])


def _root_of(node: object) -> tuple[bytes, bytes]:
    encoded = other_rlp.encode(node)
    return keccak(encoded), encoded


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        ([b"\x20\x12", b""], "empty"),
        ([b"\x00", b"\x01" * 32], "empty"),
        ([b"\x11", b""], "nowhere"),
        ([b"\x41", b"x"], "prefix"),
        ([b"\x02\x12", b"x"], "prefix"),
        ([b"", b"x"], "missing"),
        ([b"\x11", b"short"], "no hash"),
        ([b"\x11", [b"y" * 40, b"z"]], "long node"),
        ([b"a", b"b", b"c"], "3 items"),
        ([[b"a"], b"b"], "path"),
        ([b"\x20\x12", [b"x"]], "list"),
    ],
)
def test_malformed_nodes_are_named(node: object, reason: str) -> None:
    root, encoded = _root_of(node)
    with pytest.raises(trie.TrieError, match=reason):
        trie.prove(root, b"\x12", [encoded])


def test_a_branch_holds_a_value_at_its_own_path() -> None:
    node = [b""] * 16 + [b"here"]
    root, encoded = _root_of(node)
    assert trie.prove(root, b"", [encoded]) == b"here"


def test_short_node_given_by_hash_is_refused() -> None:
    short = other_rlp.encode([b"\x32", b"v"])
    root, encoded = _root_of([b""] + [keccak(short)] + [b""] * 15)
    with pytest.raises(trie.TrieError, match="belongs into its parent"):
        trie.prove(root, b"\x12", [encoded, short])


@given(st.lists(st.binary(min_size=1, max_size=70), min_size=1, max_size=300), st.data())
@settings(max_examples=30)
def test_block_tries_are_those_of_an_independent_builder(values: list[bytes], data: st.DataObject) -> None:
    built = Trie({other_rlp.encode(number): value for number, value in enumerate(values)})
    index = data.draw(st.integers(0, len(values) - 1))
    root, nodes = prove_index(values, index)
    assert root == built.root()
    assert nodes == built.prove(other_rlp.encode(index))
    assert trie.prove(root, rlp.encode(index), nodes) == values[index]


@pytest.mark.parametrize("number", range(len(VECTORS)))
@pytest.mark.parametrize(
    ("field", "root_field"), [("raw_receipts", "receiptsRoot"), ("raw_transactions", "transactionsRoot")]
)
def test_block_tries_have_the_roots_that_geth_signed(number: int, field: str, root_field: str) -> None:
    values = [bytes.fromhex(text[2:]) for text in VECTORS[number][field]]
    assert (
        "0x" + prove_index(values, 0)[0].hex()
        == "0x" + ordered_root(values).hex()
        == VECTORS[number]["execution_block"][root_field]
    )
