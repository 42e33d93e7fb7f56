"""Snapshots that tests write."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from liveledger.domain.gs1 import with_check_digit

ORGANISATION = with_check_digit("690123400001")
PLACE = with_check_digit("690123400002")
GTIN = with_check_digit("690123456789")
AT = "2026-11-24T10:00:00Z"


def entry(**changes: Any) -> dict[str, Any]:
    """A row that is fine; ``changes`` replace fields."""
    return {
        "id": "m-1",
        "source": "wms",
        "organisation": ORGANISATION,
        "sku": "A",
        "gtin": GTIN,
        "place": PLACE,
        "channel": "shop",
        "quantity": 12,
        "available": 10,
        "reserved": 2,
        "lot": None,
        "at": AT,
    } | changes


def entries(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows with message ids of their own."""
    return [entry(id=f"m-{number}", **row) for number, row in enumerate(rows)]


def ndjson(rows: list[dict[str, Any]]) -> bytes:
    """One object a line."""
    return "\n".join(json.dumps(row) for row in rows).encode()


def table(rows: list[dict[str, Any]]) -> bytes:
    """CSV with a head."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
