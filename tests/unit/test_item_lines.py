"""``liveledger item trace``: a line an event, whatever its poster wrote into it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger_cli.item.commands import line

POSTER = "0x" + "ab" * 20
WHO = f"{POSTER} of organisation 7 (approved by the brand)"
HASH = "0x" + "11" * 32
EVENT = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "eventTime": "2026-11-20T12:00:00+08:00",
    "bizStep": "storing",
    "readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0"},
}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("type", "action", "eventTime", "bizStep", "readPoint")


def entry(event: Any, **more: Any) -> dict[str, Any]:
    head = {"event_hash": HASH, "corrects": None, "block": "31", "time": "1796006300", "poster": POSTER}
    by = {"by": "7", "standing": "approved", "withheld": None if event is None else []}
    return {**head, **by, "event": event, "names_item": None if event is None else True, **more}


def test_a_line_names_its_poster() -> None:
    assert line(entry(EVENT)) == (
        f"block       31  2026-11-30 02:38:20Z  by {WHO}  2026-11-20T12:00:00+08:00  OBSERVE  storing  "
        "urn:epc:id:sgln:9521234.00001.0"
    )


def test_no_event_makes_a_second_line() -> None:
    forged = "storing\nblock       31  2026-11-30 02:38:20Z  by 0x00  2026-11-20T12:00:00Z  OBSERVE  inspecting"
    shown = line(entry({**EVENT, "bizStep": forged}))
    assert len(shown.splitlines()) == 1
    assert "storing\\u000ablock\\u0020" in shown
    assert shown.count("  ") == line(entry(EVENT)).count("  ")


def test_what_does_not_name_the_item_is_not_told_like_an_event_of_it() -> None:
    shown = line(entry(EVENT, names_item=False))
    assert "DOES NOT NAME THIS ITEM" in shown
    assert POSTER in shown
    assert HASH in shown
    assert "storing" not in shown


def test_a_document_that_is_not_here_and_a_declaration() -> None:
    shown = line(entry(None, corrects=HASH))
    assert f"(the document is not here; hash {HASH})" in shown
    assert shown.endswith(f"declares the error of {HASH}")


def test_withheld_fields_are_counted() -> None:
    shown = line(entry(EVENT, withheld=["/a", "/b/0"]))
    assert shown.endswith("  (2 fields withheld)")
    unsure = line(entry(EVENT, withheld=["/epcList/0"], names_item=None))
    assert unsure.endswith("(1 fields withheld, which items it names among them)")


@pytest.mark.parametrize("missing", NAMES)
def test_a_document_may_lack_anything(missing: str) -> None:
    shown = line(entry({name: value for name, value in EVENT.items() if name != missing}))
    assert ("  -" in shown) is (missing not in ("type", "bizStep"))


@given(st.dictionaries(st.sampled_from(NAMES), JUNK))
def test_a_document_may_hold_anything(event: dict[str, Any]) -> None:
    shown = line(entry(event))
    assert shown.isprintable()
    assert len(shown) < 2_000
    head = f"block       31  2026-11-30 02:38:20Z  by {WHO}  "
    assert shown.startswith(head)
    assert len(shown.removeprefix(head).split("  ")) == 4
