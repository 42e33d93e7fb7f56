"""Sentences of Accuracy: records of how far an outside system and the ledger agree."""

from __future__ import annotations

_COMPARE = "let `liveledger reconcile --record` compute and record it"

SENTENCES: dict[str, tuple[str, str]] = {
    "AccuracyBlockNotPast": (
        "the ledger's side is of block {at_block}; it must be before block {block_number}",
        "compare with a block that is final",
    ),
    "AccuracyFromFuture": (
        "the snapshot is of {as_of:time}, the block of {block_time:time}",
        "look at the clock and the time zone of the system that counts",
    ),
    "AccuracyImpossibleDifference": (
        "a difference of {difference_units} units cannot be: these totals differ by {least} to {most}",
        _COMPARE,
    ),
    "AccuracyNoSkus": ("nothing was compared at {place:place}", "a comparison holds at least one SKU"),
    "AccuracyNotNewer": (
        "{place:place}: a comparison of {latest:time} is recorded; this one, of {as_of:time}, is not newer",
        "record newer snapshots only",
    ),
    "AccuracyNotOperator": (
        "{organisation:org} neither operates {place:place} nor audits",
        "the operator or an auditor records it",
    ),
    "AccuracyTooManyMatching": ("{skus_matching} SKUs would agree of {skus} that were compared", _COMPARE),
    "AccuracyTooOld": (
        "the snapshot is of {as_of:time}, over 400 days before the block of {block_time:time}",
        "record newer snapshots only",
    ),
    "AccuracyTooSoon": (
        "{place:place}: this comparison is of {as_of:time}; an organisation's next is of {earliest:time} or later",
        "records of one organisation are an hour apart at least; `liveledger reconcile` compares as often as you like",
    ),
    "AccuracyUnknownPlace": (
        "the ledger knows no place number {place}",
        "`liveledger member place list` shows all",
    ),
}
