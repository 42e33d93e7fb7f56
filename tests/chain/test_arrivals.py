"""What messages say is found again by their numbers, however they came."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.chain.movements.batching import MovementMessage, Movements
from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.message_forms import read_messages
from liveledger.chain.outbox.outbox import Outbox
from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import Kind, Movement

ACCOUNTS = (b"\x11" * 20, b"\x22" * 20)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def movements(first: int, count: int) -> Movements:
    """Movements that differ, each with a leaf of its own."""
    contents = b"".join(Movement(1 + first + n, Kind.SELL, 1, 0, 1, 1).content() for n in range(count))
    return Movements.of(range(count), contents, b"".join((first + n).to_bytes(32) for n in range(count)))


@given(st.lists(st.tuples(st.sampled_from((0, 1)), st.integers(1, 5)), min_size=1, max_size=12), st.data())
def test_messages_are_found_by_their_numbers(arrivals: list[tuple[int, int]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(Path(folder) / "outbox.db", evm_chain_id=7, genesis=bytes(32))
        journals = [Journal(outbox, account, 3) for account in ACCOUNTS]
        owners: list[int] = []
        for owner, count in arrivals:
            names = [f"m-{len(owners) + n}" for n in range(count)]
            with outbox.transaction():
                added = journals[owner].add(names, movements(len(owners), count), 5.5)
            assert added is not None
            owners += [owner] * count
        asked = data.draw(st.lists(st.integers(1, len(owners)), unique=True))
        found = journals[0]._arrivals.of(np.array(asked, np.uint64))
        assert found.ids.tolist() == asked
        assert [int.from_bytes(leaf) + 1 for leaf in found.leaves()] == asked
        for owner, journal in enumerate(journals):
            waiting = journal.waiting()
            assert waiting.ids.tolist() == [number for number, who in enumerate(owners, 1) if who == owner]
            assert [int.from_bytes(bytes(one)[:4]) for one in waiting.contents] == waiting.ids.tolist()
        outbox.close()


@given(st.lists(NAMES, unique=True, max_size=20), st.lists(NAMES, unique=True, max_size=20))
def test_any_text_is_a_name_and_counts_once(before: list[str], names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(Path(folder) / "outbox.db", evm_chain_id=7, genesis=bytes(32))
        journal = Journal(outbox, ACCOUNTS[0], 3)
        with outbox.transaction():
            journal.add(before, movements(0, len(before)), 5.5)
            added = journal.add(names, movements(0, len(names)), 5.5)
        assert (added is None) == bool(set(before) & set(names))
        assert {row[0] for row in outbox.read("SELECT message_id FROM message")} == {*before, *(names if added else ())}
        if added is not None:
            assert [journal.message_id(number) for number in added.ids.tolist()] == names
        outbox.close()


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "a\udfffb"])
def test_what_is_no_text_is_refused_by_name(name: str) -> None:
    messages = [MovementMessage(one, Movement(1, Kind.SELL, 1, 0, 1, 1), bytes(32)) for one in ("good", name)]
    with pytest.raises(InvalidInput) as refused:
        read_messages(messages)
    assert refused.value.details["message_id"] == name


@pytest.mark.parametrize("size", [31, 33])
def test_a_leaf_has_32_bytes(size: int) -> None:
    messages = [
        MovementMessage(f"m-{length}", Movement(1, Kind.SELL, 1, 0, 1, 1), bytes(length))
        for length in (size, 64 - size)
    ]
    with pytest.raises(InvalidInput) as refused:
        read_messages(messages)
    assert refused.value.details["message_id"] == f"m-{size}"
