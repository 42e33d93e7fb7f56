"""Each record by itself: whatever the ledger refuses, the others go in, each once and in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.chain.movements.batching import MovementMessage
from liveledger.chain.movements.posting import Offered
from liveledger.chain.rpc.finality import ChainBehind
from liveledger.domain.errors import RuleViolation, Unavailable
from liveledger.domain.movements import Kind, Movement
from liveledger.messages.checks import Finding
from liveledger.messages.movements import Message, of_document
from liveledger.messages.refusals import UNKNOWN_LOT, Refusal
from liveledger_api.movements.each import offer_each
from liveledger_api.movements.service import CHUNK, MovementService
from liveledger_api.store.schema import open_store

MOVEMENT = Movement(kind=Kind.SELL, sku=1, source=1, target=0, quantity=1, at=1)


def message(position: int, name: str, **document: Any) -> Message:
    """A sale."""
    sale = {
        "kind": "sell",
        "brand": 1,
        "sku": "TEA",
        "from": "6901234000016",
        "quantity": 1,
        "at": "2026-11-24T12:00:00Z",
    }
    return replace(of_document({"id": name, **sale, **document}), position=position)


class Poster:
    """Refuses the ``bad`` ids by name, the first of a batch at a time, as the contract does."""

    def __init__(self, bad: Sequence[str] = ()) -> None:
        self.bad = set(bad)
        self.posted: list[str] = []
        self.offers = 0
        self.away_after: int | None = None

    def newest_open(self) -> None:
        """Nothing is open."""

    def refusals_of(self, ids: Sequence[str]) -> dict[str, None]:
        """The messages that were posted; none is refused."""
        return {name: None for name in ids if name in self.posted}

    def offer(self, messages: Sequence[MovementMessage], *, park: bool | None) -> Offered:
        """All of them or nothing."""
        self.check(messages, park=park)
        self.posted += [one.message_id for one in messages]
        return Offered(len(messages), 0)

    def check(self, messages: Sequence[MovementMessage], *, park: bool | None) -> Offered:
        """What `offer` would say."""
        assert park is None
        self.offers += 1
        if self.away_after is not None and self.offers > self.away_after:
            raise Unavailable("the node is away")
        assert len(messages) <= CHUNK
        for one in messages:
            if one.message_id in self.bad:
                raise RuleViolation("StockOversell()", message_id=one.message_id, reason="StockOversell")
        return Offered(len(messages), 0)


def service(folder: Path, poster: Poster) -> MovementService:
    """A service of one account whose messages all resolve, except ``lost``."""

    def sort_out(messages: Sequence[Message], _caller: bytes) -> Any:
        lost = [one for one in messages if one.message_id == "lost"]
        finding = Finding("/0/lot", "the ledger knows no lot", UNKNOWN_LOT)
        return [(one, MOVEMENT) for one in messages if one not in lost], [
            Refusal(one.position, one.row, (finding,), one.message_id) for one in lost
        ]

    chain: Any = SimpleNamespace(
        ledger=None, sender=lambda label: SimpleNamespace(address=bytes(20)), require_recent=lambda: None
    )
    anything: Any = None
    no_lots: Any = SimpleNamespace(lot_balances=lambda *_: [])
    made = MovementService(open_store(folder / "store.db"), chain, anything, no_lots, lane=1, max_movements=10)
    anything = made
    anything._posters = {("operator", 1): poster}
    anything._archive._journals = {(bytes(20), 1): poster}
    anything._archive._organisation_of = lambda address: 1
    anything._resolver = SimpleNamespace(sort_out=sort_out)
    return made


def test_the_good_go_in_and_the_others_are_listed_in_order(tmp_path: Path) -> None:
    poster = Poster(["c"])
    sent = [message(0, "lost"), message(2, "b"), message(3, "c"), message(4, "d")]
    broken = Refusal(1, None, (Finding("/1/quantity", "is missing", "missing-field"),), "x")
    answer = service(tmp_path, poster).post_each(sent, [broken], "operator")
    assert (answer["accepted"], answer["already_posted"], poster.posted) == (2, 0, ["b", "d"])
    told = [(one["record"], one["id"], one["code"]) for one in answer["refused"]]
    assert told == [(0, "lost", "unknown-lot"), (1, "x", "missing-field"), (3, "c", "rule-violation")]


def test_what_was_refused_is_not_stored_and_may_come_again_corrected(tmp_path: Path) -> None:
    poster = Poster(["c"])
    made = service(tmp_path, poster)
    made.post_each([message(0, "b"), message(1, "c")], [], "operator")
    poster.bad.clear()
    answer = made.post_each([message(0, "b"), message(1, "c", quantity=2)], [], "operator")
    assert (answer["accepted"], answer["already_posted"], answer["refused"]) == (1, 1, [])
    assert poster.posted == ["b", "c"]


def test_an_id_with_other_content_is_one_refusal(tmp_path: Path) -> None:
    poster = Poster()
    made = service(tmp_path, poster)
    made.post_each([message(0, "b")], [], "operator")
    answer = made.post_each([message(0, "b", quantity=9), message(1, "c")], [], "operator")
    assert [(one["id"], one["code"]) for one in answer["refused"]] == [("b", "already-exists")]
    assert (answer["accepted"], poster.posted) == (1, ["b", "c"])


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    poster = Poster(["c"])
    answer = service(tmp_path, poster).post_each([message(0, "b"), message(1, "c")], [], "operator", dry_run=True)
    assert (answer["accepted"], answer["dry_run"], len(answer["refused"]), poster.posted) == (1, True, 1, [])


def test_what_names_no_record_is_raised(tmp_path: Path) -> None:
    poster = Poster()
    poster.away_after = 0
    with pytest.raises(Unavailable):
        service(tmp_path, poster).post_each([message(0, "b")], [], "operator")


def test_what_an_old_state_does_not_know_is_not_refused(tmp_path: Path) -> None:
    """A node that catches up may not have come to the block that registers it."""
    poster = Poster()
    made = service(tmp_path, poster)

    def behind() -> None:
        raise ChainBehind("the newest final block, 7, is 400 s old")

    made._chain.require_recent = behind  # type: ignore[method-assign]
    sent = [message(0, "lost"), message(1, "b")]
    with pytest.raises(ChainBehind):
        made.post_each(sent, [], "operator")
    with pytest.raises(ChainBehind):
        made.post(sent, "operator")
    assert poster.posted == []
    assert made.post_each(sent[1:], [], "operator")["accepted"] == 1


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 9))
def test_every_record_has_one_end(good: list[bool], size: int) -> None:
    poster = Poster([str(i) for i, one in enumerate(good) if not one])
    pairs = [(message(i, str(i)), MOVEMENT) for i in range(len(good))]

    def offer(chunk: Any) -> Offered:
        return poster.offer([MovementMessage(one.message_id, MOVEMENT, bytes(32)) for one, _ in chunk], park=None)

    done = offer_each(pairs, offer, offer, size=size)
    assert poster.posted == [str(i) for i, one in enumerate(good) if one]
    assert [refusal.position for refusal in done.refusals] == [i for i, one in enumerate(good) if not one]
    assert done.offered.new == sum(good)
    assert poster.offers <= len(good) + -(-len(good) // size)
