"""Typed answers about gradings."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from liveledger_api.answers import POSTED, Hash, Hex, Posted, example
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


class Graded(Typed):
    """Units that were graded so far, by grade."""

    a: Decimal
    b: Decimal
    c: Decimal
    d: Decimal


class SkuGrading(Posted):
    """A grading or closing of one SKU."""

    index: Decimal
    act: Literal["graded", "closed"]
    organisation: Decimal
    lot: Decimal
    place: Decimal
    quantity: Decimal
    grade: Literal["a", "b", "c", "d"]
    disposition: Literal["restock", "restock_discounted", "send_back", "scrap"]
    documents_root: Hash


_ENTRY = POSTED | {"index": "0", "act": "graded", "organisation": "2", "lot": "0", "place": "3", "quantity": "5"}
_ENTRY |= {"grade": "a", "disposition": "restock", "documents_root": "0x" + "00" * 32}


class SkuReturns(Typed):
    """Gradings and closings of a SKU; `graded` is null on a page that does not reach the end."""

    model_config = example(known_sku=True, count="1", graded={"a": "5", "b": "0", "c": "0", "d": "0"}, entries=[_ENTRY])

    known_sku: bool
    count: Decimal
    graded: Graded | None
    entries: list[SkuGrading]


class ReturnTaken(Typed):
    """What was taken: the message, and what its document is committed by (not on a dry run)."""

    model_config = example(
        id="urn:uuid:1", act="graded", entries=1, dry_run=False, documents_root="0x" + "11" * 32, salt="0x" + "22" * 16
    )

    id: str
    act: Literal["graded", "closed"]
    entries: int
    dry_run: bool
    documents_root: Hash | None = None
    salt: Hex | None = None


class ReturnState(Typed):
    """Where a message is; `reason` only where the chain refused it."""

    model_config = example(id="urn:uuid:1", state="final", block="1204", salt="0x" + "22" * 16)

    id: str
    state: Literal["acknowledged", "final", "refused"]
    block: Decimal | None
    salt: Hex
    reason: str | None = None
