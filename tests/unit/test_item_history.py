"""An item's history: one list with standing, others' by themselves, and which line a declaration means."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.home import LedgerHome
from liveledger.domain.items import ItemRefused
from liveledger.verifier import Question
from liveledger_cli.common.verdicts import spelling_lines
from liveledger_cli.common.verified_queries import Checked, How
from liveledger_cli.item.commands import _none, line
from liveledger_cli.item.history import MAX_OTHERS, Asked, History, Which, ask_history, meant, names

ITEM = "https://id.gs1.org/01/09521234567899/21/77"
URN = "urn:epc:id:sgtin:9521234.056789.77"
OURS, OTHERS = "0x" + "ab" * 20, "0x" + "cd" * 20
ERROR = {"errorDeclaration": {"declarationTime": "2026-11-12T00:00:00Z"}}


def entry(block: int, event: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An entry of item-events/2; without more its hash is of its block."""
    head = {"event_hash": f"0x{block:064x}", "corrects": None, "block": str(block), "time": "1796006300"}
    by = {"poster": OURS, "by": "7", "standing": "brand", "withheld": None if event is None else []}
    return {**head, **by, "event": event, "names_item": None if event is None else True, **more}


def listed(*entries: dict[str, Any], organisation: str | None = "7", **others: str) -> Checked:
    """An unverified answer; ``others`` are counts by o12, o13 …"""
    counts = [{"organisation": name[1:], "count": count} for name, count in others.items()]
    plain = [{key: value for key, value in one.items() if key != "names_item"} for one in entries]
    answer = {"organisation": organisation, "claimed_by": ["7"] if organisation else [], "others": counts}
    return Checked({**answer, "count": str(len(entries)), "events": plain}, {"height": "50"}, None)


def test_what_others_listed_is_counted() -> None:
    history = History(ITEM, Asked(None, listed(entry(10), entry(20), o12="3", o13="0")))
    assert [one["block"] for one in history.events] == ["10", "20"]
    assert (history.count, history.by_others) == (2, {12: 3})
    told = history.as_dict()
    assert (told["item"], told["answer"]["count"], told["lists_of_others"]) == (ITEM, "2", [])


def test_lists_of_others_are_told_with_it_by_block() -> None:
    other = Asked(12, listed(entry(15, poster=OTHERS), organisation="12"))
    history = History(ITEM, Asked(None, listed(entry(10), entry(20), o12="1", o13="2")), (other,))
    assert [one["block"] for one in history.events] == ["10", "15", "20"]
    assert (history.count, history.by_others) == (3, {13: 2})


def test_a_document_names_the_item_in_any_spelling() -> None:
    def named(event: dict[str, Any] | None, withheld: list[str] | None = None) -> bool | None:
        return names({"event": event, "withheld": withheld or []}, ITEM)

    assert named({"epcList": [URN]}) is True
    assert named({"parentID": "https://shop.example.com/01/9521234567899/21/77"}) is True
    assert named({"epcList": ["urn:epc:id:sgtin:9521234.056789.78", 7, None]}) is False
    assert named({"eventID": ITEM}) is True
    assert named(None) is None
    assert named({"epcList": [None, "urn:uuid:1"]}, ["/epcList/0"]) is None
    assert named({"epcList": ["urn:uuid:1"]}, ["/bizStep"]) is False


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
    """Answers like the API: an item that a brand claims or not, and others that listed events."""

    def __init__(self, organisation: str | None, others: int) -> None:
        self.organisation, self.others, self.asked = organisation, others, list[dict[str, str]]()

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        self.asked.append({"path": path, **parameters})
        own = parameters.get("organisation")
        counts = {f"o{number}": "1" for number in range(20, 20 + self.others)}
        checked = listed(entry(len(self.asked)), organisation=own or self.organisation, **({} if own else counts))
        return {"answer": checked.answer, "block": checked.block, "proof": None}


@pytest.fixture
def home(tmp_path: Path) -> LedgerHome:
    """A home without trust anchor."""
    return LedgerHome.find("main", tmp_path)


def serve(monkeypatch: pytest.MonkeyPatch, organisation: str | None, others: int) -> Server:
    server = Server(organisation, others)
    monkeypatch.setattr("liveledger_cli.common.verified_queries.ApiClient", lambda _home: server)
    return server


def test_one_question_is_asked_whatever_the_spelling(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(monkeypatch, "7", 3)
    for spelling in (ITEM, URN):
        history = ask_history(home, spelling, How(unverified=True), {}, Which())
        assert (history.item, len(history.events), history.others) == (ITEM, 1, ())
    assert len(server.asked) == 2
    assert len({asked["path"] for asked in server.asked}) == 1


def test_others_are_asked_on_request_and_where_nobody_claims(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    for organisation, which in (("7", Which(others=True)), (None, Which())):
        server = serve(monkeypatch, organisation, 2)
        history = ask_history(home, ITEM, How(unverified=True), {}, which)
        assert [asked.get("organisation") for asked in server.asked] == [None, "20", "21"]
        assert (len(history.events), history.by_others, history.left_out) == (3, {}, 0)
    serve(monkeypatch, None, MAX_OTHERS + 2)
    history = ask_history(home, ITEM, How(unverified=True), {}, Which())
    assert (len(history.others), history.left_out, len(history.by_others)) == (MAX_OTHERS, 2, 2)


def test_one_list_is_asked_alone(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(monkeypatch, "7", 2)
    ask_history(home, ITEM, How(unverified=True), {"first": "0", "limit": "2"}, Which(organisation=20, others=True))
    (asked,) = server.asked
    assert (asked["organisation"], asked["first"], asked["limit"]) == ("20", "0", "2")


def test_a_broken_identifier_is_refused_or_asked_as_it_is(home: LedgerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(monkeypatch, "7", 0)
    broken = "https://id.gs1.org/01/09521234567898/21/77"
    with pytest.raises(ItemRefused) as refused:
        ask_history(home, broken, How(unverified=True), {}, Which())
    assert (refused.value.stable_code, "--as-written" in refused.value.hint) == ("gs1-check-digit", True)
    assert not server.asked
    assert ask_history(home, broken, How(unverified=True), {}, Which(as_written=True)).item == broken


def test_a_verdict_says_under_which_form_it_was_asked() -> None:
    def lines(item: str, view: str = "item-events/1") -> list[str]:
        return spelling_lines(Question.parse({"view": view, "parameters": {"item": item}}))

    assert lines(ITEM) == [f"asked as {ITEM}: other spellings of this item are lists of their own"]
    (broken,) = lines("https://id.gs1.org/01/09521234567898/21/77")
    assert "under which capture anchors nothing" in broken
    assert "its check digit is 9" in broken
    assert lines("https://shop.example.com/items/77") == []
    assert lines(ITEM, "item-events/2") == []
    assert lines(URN, "item-events/2") == [f"asked as {URN}: capture lists events under its one form, {ITEM}"]
    (broken,) = lines("https://id.gs1.org/01/09521234567898/21/77", "item-events/2")
    assert "under which capture anchors nothing" in broken
    assert spelling_lines(Question.parse({"view": "acts/1", "parameters": {"contract": "Consortium"}})) == []


def test_what_is_said_of_no_event() -> None:
    behind = listed()
    behind.answer["count"] = "9"
    assert _none(History(ITEM, Asked(None, behind), page={"first": "9"})) == "there are 9 events, none from number 9 on"
    assert _none(History(ITEM, Asked(None, listed()))) == "no event names this item"
    assert "with standing" in _none(History(ITEM, Asked(None, listed(o12="1"))))
    assert "organisation 12 listed no event" in _none(History(ITEM, Asked(12, listed())))


def test_within_a_block_each_list_keeps_its_order() -> None:
    first, second, third, last = (entry(7, event_hash=f"0x{number:064x}") for number in range(4))
    for lists in ([[first, second], [third, last]], [[second], [first, third], [last]]):
        for order in permutations(lists):
            parts = [Asked(number, listed(*entries)) for number, entries in enumerate(order)]
            merged = [one["event_hash"] for one in History(ITEM, parts[0], tuple(parts[1:])).events]
            assert sorted(merged) == [one["event_hash"] for one in (first, second, third, last)]
            for entries in lists:
                assert [one for one in merged if one in [each["event_hash"] for each in entries]] == [
                    one["event_hash"] for one in entries
                ]


def test_lists_that_contradict_each_other_end() -> None:
    one, other = entry(7), entry(8)
    history = History(ITEM, Asked(None, listed(one, other)), (Asked(12, listed(other, one)),))
    assert [each["block"] for each in history.events] == ["7", "8"]
