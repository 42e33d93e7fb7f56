"""Typed answers about gradings."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from liveledger_api.listing import Decimal, Page, Typed

_EXAMPLE: dict[str, Any] = {"sku": "1048577", "index": "0", "act": "grade", "organisation": "2", "lot": "0"}
_EXAMPLE |= {"place": "3", "quantity": "5", "grade": "a", "disposition": "restock", "block": "1204"}
_EXAMPLE |= {"documents_root": "0x" + "00" * 32, "time": "1796040000", "poster": "0x" + "5a" * 20}


class Grading(Typed):
    """A grading or closing, with its number in the list of its SKU."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    sku: Decimal
    index: Decimal
    act: str
    organisation: Decimal
    lot: Decimal
    place: Decimal
    quantity: Decimal
    grade: str
    disposition: str
    documents_root: str
    block: Decimal
    time: Decimal
    poster: str


GradingPage = Page[Grading]
