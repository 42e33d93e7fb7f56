"""Movement and snapshot messages that are right, and what is wrong with others; shared by model, schema and API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from liveledger.domain import gs1

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
WAREHOUSE = gs1.with_check_digit("690123400001")
SHOP = gs1.with_check_digit("690123400002")
PLATFORM = gs1.with_check_digit("690123410002")
GTIN = gs1.with_check_digit("0690123456789")
WRONG_DIGIT = WAREHOUSE[:-1] + str((int(WAREHOUSE[-1]) + 1) % 10)

MOVEMENT: dict[str, Any] = {
    "id": "wms-7:42",
    "source": "wms-7",
    "organisation": PLATFORM,
    "brand": 1,
    "sku": "TEA-1",
    "lot": "L2611",
    "kind": "transfer",
    "from": WAREHOUSE,
    "to": SHOP,
    "quantity": 12,
    "unit": "EA",
    "document": "DN-2026-118",
    "line": "3",
    "reason": "evening broadcast",
    "at": "2026-11-24T19:58:00+08:00",
}
# What was valid before lot, unit and organisation were there.
OLD_MOVEMENT = {name: value for name, value in MOVEMENT.items() if name not in ("organisation", "lot", "unit")}
SNAPSHOT: dict[str, Any] = {
    "id": "wms-7:s-1",
    "source": "wms-7",
    "organisation": PLATFORM,
    "sku": "TEA-1",
    "gtin": GTIN,
    "place": WAREHOUSE,
    "channel": "live-evening",
    "quantity": 100,
    "available": 70,
    "reserved": 30,
    "lot": {"code": "L2611", "expiry": "2027-11-30"},
    "at": "2026-11-24T19:58:00+08:00",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A message with one thing wrong: the changed fields, where it is found, its code, whether the schema sees it."""

    changes: dict[str, Any]
    field: str
    code: str = ""
    in_schema: bool = True


def changed(message: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The message with other fields; None in ``changes`` is JSON's null."""
    return {**message, **changes}


def _both(field: str, *values: Any) -> list[Case]:
    return [Case({field: value}, field) for value in values]


VALID_MOVEMENTS = [
    MOVEMENT,
    OLD_MOVEMENT,
    {**MOVEMENT, "organisation": 7, "unit": "KGM", "lot": "甲乙丙丁戊己"},
    {**MOVEMENT, "organisation": None, "unit": None, "lot": None, "source": None},
    {**OLD_MOVEMENT, "kind": "reserve", "to": None},
    {**OLD_MOVEMENT, "kind": "hold", "to": WAREHOUSE},
    {**OLD_MOVEMENT, "kind": "receive", "from": None},
    {**OLD_MOVEMENT, "kind": "sell", "to": None, "quantity": (1 << 24) - 1},
    {**OLD_MOVEMENT, "at": "2026-11-24T12:05:00Z"},
    {**OLD_MOVEMENT, "at": "2026-11-24T12:05:00.75Z", "quantity": 1},
]
INVALID_MOVEMENTS = [
    *_both("id", "", "ä", "a b", "x" * 129, 5, None),
    *_both("source", 5, "x" * 257),
    *_both("organisation", 0, 4096, True, "12", "690123400001", {}),
    Case({"organisation": WRONG_DIGIT}, "organisation", in_schema=False),
    *_both("brand", 0, 4096, "1", 1.5, True),
    *_both("sku", "", "x" * 65, 5, None),
    Case({"sku": "甲" * 22}, "sku", in_schema=False),
    *_both("lot", "", "x" * 21, 5),
    Case({"lot": "甲" * 7}, "lot", in_schema=False),
    *_both("kind", "steal", "Receive", "", 1, None),
    *_both("from", "123", 6901234000017, "690123400001X"),
    Case({"from": WRONG_DIGIT}, "from", in_schema=False),
    Case({"to": WRONG_DIGIT}, "to", in_schema=False),
    *_both("quantity", 0, -1, 1 << 24, "12", 1.5, None, True),
    Case({"quantity": 12.0}, "quantity", in_schema=False),
    *[Case({"unit": unit}, "unit", "unknown-unit") for unit in ("crate", "ea", "", 0)],
    *_both("document", 5, "x" * 257),
    *_both("reason", [], "x" * 257),
    *_both("at", "yesterday", "2026-11-24T12:00:00", "2026-11-24", 1795521480, None, "2026-13-24T12:00:00Z"),
    Case({"at": "1969-12-31T23:59:59Z"}, "at", in_schema=False),
    Case({"at": "2026-11-24T12:05:01Z"}, "at", "in-the-future", in_schema=False),
    Case({"at": "2106-02-07T06:28:16Z"}, "at", in_schema=False),
    Case({"surprise": 1}, "surprise"),
    Case({"kind": "receive"}, "from"),
    Case({"kind": "sell"}, "to"),
    Case({"from": None}, "from"),
    Case({"to": None}, "to"),
    Case({"kind": "reserve"}, "to", in_schema=False),
    Case({"kind": "receive", "from": None, "to": None}, "to"),
]

VALID_SNAPSHOTS = [
    SNAPSHOT,
    {**SNAPSHOT, "brand": 1},
    {**SNAPSHOT, "brand": None},
    {**SNAPSHOT, "lot": None},
    {**SNAPSHOT, "lot": {"code": "L1", "expiry": None}},
    {**SNAPSHOT, "quantity": 0, "available": 0, "reserved": 0},
    {**SNAPSHOT, "quantity": (1 << 53) - 1},
    {**SNAPSHOT, "gtin": GTIN.lstrip("0")},
    {**SNAPSHOT, "available": 1},
]
INVALID_SNAPSHOTS = [
    *_both("id", "", "a b", None, 7),
    *_both("source", "", None, 5, "x" * 257),
    *_both("organisation", 7, "12", None),
    Case({"organisation": WRONG_DIGIT}, "organisation", in_schema=False),
    *_both("sku", "", "x" * 65, None),
    *_both("gtin", "123", "123456789012345", 1, None),
    Case({"gtin": GTIN[:-1] + str((int(GTIN[-1]) + 1) % 10)}, "gtin", in_schema=False),
    *_both("place", "", None, 5),
    Case({"place": WRONG_DIGIT}, "place", in_schema=False),
    *_both("channel", "", "x" * 65, None, []),
    *[case for field in ("quantity", "available", "reserved") for case in _both(field, -1, "5", 1.5, None, False)],
    *_both("lot", "L1", [], 0),
    Case({"lot": {"code": "L1"}}, "lot/expiry", "missing-field"),
    Case({"lot": {"expiry": None}}, "lot/code", "missing-field"),
    Case({"lot": {"code": "", "expiry": None}}, "lot/code"),
    Case({"lot": {"code": "x" * 21, "expiry": None}}, "lot/code"),
    *[
        Case({"lot": {"code": "L1", "expiry": expiry}}, "lot/expiry")
        for expiry in ("2027-02-30", "20270331", "2027-W13-3", "1969-01-01", 20270331, "")
    ],
    Case({"lot": {"code": "L1", "expiry": None, "more": 1}}, "lot/more"),
    *_both("at", "today", "2026-11-24T12:00:00", None),
    Case({"at": "2026-11-24T12:05:01Z"}, "at", "in-the-future", in_schema=False),
    *_both("brand", 0, 4096, "1"),
    Case({"surprise": 1}, "surprise"),
    Case({"quantity": 99}, "quantity", in_schema=False),
]
