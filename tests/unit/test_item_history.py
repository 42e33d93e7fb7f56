"""An item's history out of several spellings: one list, each event once, and which line a declaration means."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from liveledger.cli import item_history
from liveledger.cli.asking import Checked, How
from liveledger.cli.item import _none, line
from liveledger.cli.item_history import Asked, History, ask_history, meant
from liveledger.cli.verify import spelling_lines
from liveledger.domain.errors import Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.domain.items import ItemRefused
from liveledger.proofs import Question

ITEM = "https://id.gs1.org/01/09521234567899/21/77"
URN = "urn:epc:id:sgtin:9521234.056789.77"
OURS, OTHERS = "0x" + "ab" * 20, "0x" + "cd" * 20
ERROR = {"errorDeclaration": {"declarationTime": "2026-11-12T00:00:00Z"}}


def entry(block: int, event: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An entry of item-events/1; without more its hash is of its block."""
    head = {"event_hash": f"0x{block:064x}", "corrects": None, "block": str(block), "time": "1796006300"}
    named = None if event is None else True
    return {**head, "poster": OURS, "event": event, "names_item": named, **more}


def found(spelling: str, *entries: dict[str, Any], block: int = 50) -> Asked:
    """What is held under a spelling, unverified."""
    answer = {"count": str(len(entries)), "events": list(entries)}
    return Asked(spelling, Checked(answer, {"height": str(block)}, None))


def test_the_events_of_all_spellings_are_one_list_by_block() -> None:
    both = entry(30)
    history = History(ITEM, (found(ITEM, entry(20), both), found(URN, entry(10), both, block=40)), 0, as_written=False)
    assert [int(each["block"]) for each in history.events] == [10, 20, 30]
    told = history.as_dict()
    assert (told["answer"]["count"], told["block"], told["item"]) == ("3", {"height": "40"}, ITEM)
    assert [(asked["spelling"], asked["count"]) for asked in told["asked_as"]] == [(ITEM, "2"), (URN, "2")]


def test_without_events_the_first_spelling_is_told() -> None:
    history = History(ITEM, (found(ITEM), found(URN)), 0, as_written=False)
    assert (history.events, [asked.spelling for asked in history.named]) == ([], [ITEM])
    assert history.as_dict()["answer"] == {"count": "0", "events": []}


def test_what_the_anchor_names_is_meant() -> None:
    events = [entry(1), entry(2), entry(3, corrects=f"0x{1:064x}"), entry(4, corrects="0x" + "ee" * 32)]
    assert meant(events) == [[], [], [1], []]


def test_of_copies_those_of_the_same_poster_are_meant() -> None:
    copied, own = entry(1, poster=OTHERS), entry(2, event_hash=f"0x{1:064x}")
    declaration = entry(3, corrects=f"0x{1:064x}")
    assert meant([copied, own, declaration]) == [[], [], [2]]
    assert meant([copied, own, {**declaration, "poster": "0x" + "99" * 20}]) == [[], [], [1, 2]]


def test_a_declaration_that_came_first_means_the_event_with_its_id() -> None:
    events = [
        entry(1, {"eventID": "urn:uuid:9", **ERROR}),
        entry(2, {"eventID": "urn:uuid:8"}),
        entry(3, {"eventID": "urn:uuid:9"}),
    ]
    assert meant(events) == [[3], [], []]
    assert line(events[0], meant(events)[0]).endswith("declares the error of line 3")
    assert line(events[0]).endswith("declares the error of an event that is not here: urn:uuid:9")


def test_nobody_declares_the_errors_of_others_by_an_id() -> None:
    theirs = entry(1, {"eventID": "urn:uuid:9", **ERROR}, poster=OTHERS)
    unnamed = entry(2, {"eventID": "urn:uuid:9", **ERROR}, names_item=False)
    assert meant([theirs, unnamed, entry(3, {"eventID": "urn:uuid:9"})]) == [[], [], []]
    assert meant([entry(1, {**ERROR}), entry(2, {})]) == [[], []]
    assert meant([entry(1, {"eventID": [], **ERROR}), entry(2), entry(3, {"eventID": 7})]) == [[], [], []]


class Server:
    """Answers like the API: two spellings with events, one more that it names."""

    def __init__(self, named: Any) -> None:
        self.named, self.asked = named, list[str]()

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        self.asked.append(path)
        if path.endswith("/spellings"):
            return {"item": ITEM, **self.named}
        events = [entry(len(self.asked))] if "urn" in path else []
        return {"answer": {"count": str(len(events)), "events": events}, "block": {"height": "9"}, "proof": None}


@pytest.fixture
def home(tmp_path: Path) -> LedgerHome:
    """A home without trust anchor."""
    return LedgerHome.find("main", tmp_path)


def serve(monkeypatch: pytest.MonkeyPatch, named: Any) -> Server:
    server = Server(named)
    monkeypatch.setattr(item_history, "ApiClient", lambda _home: server)
    monkeypatch.setattr("liveledger.cli.asking.ApiClient", lambda _home: server)
    return server


def test_unchecked_only_spellings_with_events_are_asked(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = "https://shop.example.com/01/09521234567899/21/77"
    told = [{"asked_as": ITEM, "count": "0"}, {"asked_as": URN, "count": "1"}, {"asked_as": shop, "count": "2"}]
    server = serve(monkeypatch, {"spellings": told, "left_out": "3"})
    history = ask_history(home, ITEM, How(unverified=True), {}, as_written=False)
    assert [asked.spelling for asked in history.asked] == [ITEM, URN, shop]
    assert (len(history.events), history.left_out, len(server.asked)) == (1, 3, 4)


def test_another_item_that_the_server_names_is_not_asked(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "urn:epc:id:sgtin:9521234.056789.78"
    serve(monkeypatch, {"spellings": [{"asked_as": other, "count": "9"}, 7, {"asked_as": []}], "left_out": "x"})
    history = ask_history(home, URN, How(unverified=True), {}, as_written=False)
    assert [asked.spelling for asked in history.asked] == [URN]


@pytest.mark.parametrize("named", [{}, {"spellings": {}, "left_out": "0"}, {"spellings": [{}] * 65, "left_out": "0"}])
def test_a_server_that_does_not_say_is_refused(home: LedgerHome, monkeypatch: pytest.MonkeyPatch, named: Any) -> None:
    serve(monkeypatch, named)
    with pytest.raises(Unavailable):
        ask_history(home, ITEM, How(unverified=True), {}, as_written=False)


def test_a_broken_identifier_is_refused_or_asked_as_it_is(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(monkeypatch, {})
    broken = "https://id.gs1.org/01/09521234567898/21/77"
    with pytest.raises(ItemRefused) as refused:
        ask_history(home, broken, How(unverified=True), {}, as_written=False)
    assert (refused.value.stable_code, "--as-written" in refused.value.hint) == ("gs1-check-digit", True)
    assert not server.asked
    history = ask_history(home, broken, How(unverified=True), {}, as_written=True)
    assert [asked.spelling for asked in history.asked] == [broken]


def test_a_verdict_says_under_which_form_it_was_asked() -> None:
    def lines(item: str) -> list[str]:
        return spelling_lines(Question.parse({"view": "item-events/1", "parameters": {"item": item}}))

    assert lines(ITEM) == [f"asked as {ITEM}: other spellings of this item are lists of their own"]
    (broken,) = lines("https://id.gs1.org/01/09521234567898/21/77")
    assert "under which capture anchors nothing" in broken
    assert "its check digit is 9" in broken
    assert lines("https://shop.example.com/items/77") == []
    assert spelling_lines(Question.parse({"view": "acts/1", "parameters": {"contract": "Consortium"}})) == []


def test_a_page_is_one_of_each_spelling() -> None:
    link, urn = found(ITEM), found(URN, entry(10), entry(20))
    urn.checked.answer["count"] = "9"
    history = History(ITEM, (link, urn), 0, as_written=False, page={"first": "0", "limit": "2"})
    assert (history.count, len(history.events), history.as_dict()["answer"]["count"]) == (9, 2, "9")
    behind = found(URN)
    behind.checked.answer["count"] = "9"
    history = History(ITEM, (link, behind), 0, as_written=False, page={"first": "9", "limit": "2"})
    assert [asked.spelling for asked in history.named] == [URN]
    assert _none(history) == "there are 9 events, none from number 9 on"


def test_within_a_block_each_spelling_keeps_its_order() -> None:
    first, second, third, last = (entry(7, event_hash=f"0x{number:064x}") for number in range(4))
    for lists in ([[second, last], [first, second], [third, last]], [[first, second, last], [second], [third, last]]):
        for order in permutations(lists):
            asked = tuple(found(f"urn:uuid:{number}", *entries) for number, entries in enumerate(order))
            merged = History(ITEM, asked, 0, as_written=False).events
            assert sorted(map(merged.index, [first, second, third, last])) == [0, 1, 2, 3]
            for entries in lists:
                assert [each for each in merged if each in entries] == entries


def test_lists_that_contradict_each_other_end() -> None:
    one, other = entry(7), entry(8)
    history = History(ITEM, (found(ITEM, one, other), found(URN, other, one)), 0, as_written=False)
    assert history.events == [one, other]
