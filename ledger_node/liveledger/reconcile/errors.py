"""Why a snapshot is not compared. Each names the row; nothing was written."""

from __future__ import annotations

from typing import ClassVar

from liveledger.domain.errors import LiveLedgerError, TooLarge
from liveledger.messages.snapshots import InvalidSnapshot, Snapshot

__all__ = ["DeviationAlarm", "InvalidSnapshot", "SnapshotTooLarge", "refuse", "row_of"]


class SnapshotTooLarge(TooLarge):
    """A snapshot has more bytes or rows than are read."""

    code: ClassVar[str] = "snapshot-too-large"


class DeviationAlarm(LiveLedgerError):
    """The deviation has reached the first level."""

    code: ClassVar[str] = "deviation-alarm"
    http_status: ClassVar[int] = 409
    exit_code: ClassVar[int] = 5


def refuse(row: int, field: str, sentence: str, code: str = "invalid-snapshot") -> InvalidSnapshot:
    """The refusal of a row, by the number that ``row_of`` tells."""
    return InvalidSnapshot(f"row {row}, {field}: {sentence}", code=code, row=row, field=field)


def row_of(snapshot: Snapshot) -> int:
    """Where it stands in its file: a table's row as a spreadsheet shows it, its head being row 1; a line of NDJSON."""
    return snapshot.number if snapshot.row is None else snapshot.row
