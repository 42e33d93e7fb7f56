"""Sentences of Returns: goods that came back, graded and closed."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "ReturnsBrandNotApproved": (
        "brand {brand} does not let {organisation:org} grade these goods there",
        "the brand allows it: `liveledger member operator approve GLN`",
    ),
    "ReturnsEntryCount": ("a message has 1 to {most} entries, not {entries}", "send it in parts"),
    "ReturnsNotHeld": (
        "{sku:sku}, lot {lot}, at {place:place}: {held} units are held there, {open} would be graded and open",
        "post the returns as movements first, or close what was graded before",
    ),
    "ReturnsNotOpen": (
        "{sku:sku}, lot {lot}, at {place:place}: {open} units of grade {grade:grade} are open, fewer than are closed",
        "`liveledger returns list BRAND SKU` shows what is open",
    ),
    "ReturnsNotReturned": (
        "{sku:sku}: {returned} units ever came back, {graded} would be graded",
        "post the movements of the kind return first",
    ),
    "ReturnsPlaceNotOperated": (
        "{place:place} is not operated by {organisation:org}",
        "its operator grades there: `liveledger member place list`",
    ),
    "ReturnsPlaceSuspended": ("{place:place} is suspended", "its operator says why, and for how long"),
    "ReturnsTooManyToday": (
        "{organisation:org} has made {before} entries about {sku:sku} today (UTC), of {most} that a day may have",
        "put units of the same lot, place and grade into one entry, or go on tomorrow",
    ),
    "ReturnsUnknownGrade": ("{grade} is no grade", "A (1), B (2), C (3) or D (4)"),
    "ReturnsUnknownPlace": (
        "the ledger knows no place number {place}",
        "register it: `liveledger member place add GLN`",
    ),
    "ReturnsUnknownSku": ("{sku:sku} is not registered", "register it: `liveledger sku add FILE`"),
    "ReturnsUnsorted": (
        "{sku:sku} stands behind {previous:sku}: a SKU's entries stand together, SKUs ascend",
        "grade through LiveLedger's own API or commands, which sort entries",
    ),
    "ReturnsWrongDisposition": (
        "goods of grade {grade:grade} do not go to {disposition:disposition}",
        "each grade has its own disposition (docs/returns.md): leave it out",
    ),
    "ReturnsZeroQuantity": ("an entry grades nothing: its quantity is 0", "give a quantity of at least 1"),
}
