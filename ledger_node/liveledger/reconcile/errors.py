"""Why a snapshot is not compared. Each names the row; nothing was written."""

from __future__ import annotations

from typing import ClassVar

from liveledger_api.snapshots.messages import InvalidSnapshot

from liveledger.domain.errors import LiveLedgerError, TooLarge

__all__ = ["DeviationAlarm", "InvalidSnapshot", "SnapshotTooLarge", "refuse"]


class SnapshotTooLarge(TooLarge):
    """A snapshot has more bytes or rows than are read."""

    code: ClassVar[str] = "snapshot-too-large"


class DeviationAlarm(LiveLedgerError):
    """The deviation has reached the first level."""

    code: ClassVar[str] = "deviation-alarm"
    http_status: ClassVar[int] = 409
    exit_code: ClassVar[int] = 5


def refuse(row: int, field: str, sentence: str, code: str = "invalid-snapshot") -> InvalidSnapshot:
    """The refusal of a row; it counts from 1, without a table's head."""
    return InvalidSnapshot(f"row {row}, {field}: {sentence}", code=code, row=row, field=field)
