"""Files that `liveledger correction adjust --file` reads: adjustments by name, of one document, for one reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.errors import InvalidInput, LiveLedgerError, NotFound, TooLarge
from liveledger.domain.movements import Kind
from liveledger.messages.movements import InvalidMovement
from liveledger_cli.correction.commands import adjust
from liveledger_cli.correction.file import read_adjustments
from tests.unit.reconcile.snapshots import AT, PLACE

DOCUMENT = "reconcile:0x" + "ab" * 32


def message(**changes: Any) -> dict[str, Any]:
    """An adjustment as `reconcile --propose` writes it; ``changes`` replace fields, None leaves one out."""
    usual = {
        "id": "reconcile:1",
        "kind": "found",
        "brand": 3,
        "sku": "TEA-1",
        "to": PLACE,
        "quantity": 5,
        "at": AT,
        "document": DOCUMENT,
        "reason": "count differs from the ledger",
        "source": "liveledger reconcile",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def written(folder: Path, *messages: dict[str, Any]) -> Path:
    """A file of messages."""
    file = folder / "corrections.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in messages))
    return file


def test_names_reason_and_document_are_kept(tmp_path: Path) -> None:
    lost = message(id="reconcile:2", kind="lost", **{"from": PLACE, "to": None})
    file = written(tmp_path, message(), lost)
    found = read_adjustments(file, None)
    assert [(one.kind, one.brand, one.sku, one.quantity) for one in found.messages] == [
        (Kind.FOUND, 3, "TEA-1", 5),
        (Kind.LOST, 3, "TEA-1", 5),
    ]
    assert found.reason == f"count differs from the ledger ({DOCUMENT})"
    assert read_adjustments(file, "counted twice").reason == f"counted twice ({DOCUMENT})"
    assert read_adjustments(written(tmp_path, message(document=None)), "why").reason == "why"


@pytest.mark.parametrize(
    ("messages", "error", "said"),
    [
        ([], InvalidInput, "no messages"),
        ([message(reason=None)], InvalidInput, "do not say why"),
        ([message(), message(id="2", document="other")], InvalidInput, "differ in their document"),
        ([message(), message(id="2", document=None)], InvalidInput, "differ in their document"),
        ([message(), message(id="2", reason="other")], InvalidInput, "differ in their reason"),
        ([message(), message(quantity=0, id="2")], InvalidMovement, "row 2, quantity"),
        ([message(), message()], InvalidMovement, "row 2, id"),
        (
            [message(), message(id="2", kind="sell", **{"from": PLACE, "to": None})],
            InvalidMovement,
            "row 2, kind: sell is no adjustment",
        ),
        ([message(id=str(number)) for number in range(1_001)], TooLarge, "1001 messages, the limit is 1000"),
        ([message(source="x" * 255, id=f"{number:0128}") for number in range(2_000)], TooLarge, "over 1048576 bytes"),
    ],
)
def test_what_is_no_correction_is_refused_by_name(
    tmp_path: Path, messages: list[dict[str, Any]], error: type[LiveLedgerError], said: str
) -> None:
    with pytest.raises(error, match=said):
        read_adjustments(written(tmp_path, *messages), None)


def test_a_file_or_numbers_are_given(tmp_path: Path) -> None:
    file, out = written(tmp_path, message()), tmp_path / "agreed.json"
    with pytest.raises(InvalidInput, match="a file and an adjustment by numbers"):
        adjust("operator", out, sku=7, file=file)
    with pytest.raises(InvalidInput, match="a SKU, a place, a kind and a quantity"):
        adjust("operator", out, sku=7, place=1, kind="found", reason="why")
    with pytest.raises(InvalidInput, match="no kind of adjustment"):
        adjust("operator", out, sku=7, place=1, kind="sell", quantity=1, reason="why")
    with pytest.raises(NotFound, match="cannot be read"):
        adjust("operator", out, file=tmp_path / "nothing")
    assert not out.exists()
