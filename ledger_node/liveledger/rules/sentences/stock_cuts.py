"""Sentences of StockCuts."""

from __future__ import annotations

from liveledger.bindings.constants import MAX_CUT_SKUS, MAX_CUTS_WAITING

SENTENCES: dict[str, tuple[str, str]] = {
    "CutsCount": (
        "a cut is registered for 1 to " + str(MAX_CUT_SKUS) + " SKUs at once, not for {skus}",
        "register it in several calls",
    ),
    "CutsForeignSku": (
        "{sku:sku} is no SKU of brand {brand}, for which the cut is registered",
        "an agreement registers cuts of its brand's SKUs only",
    ),
    "CutsMoment": (
        "counters cannot be kept for {moment:time}: it is {time:time}",
        "name a moment to come, 400 days ahead at most",
    ),
    "CutsNotAllowed": (
        "{sender:account} is no contract that registers cuts of counters",
        "a vote gives a contract of agreements the flag for it",
    ),
    "CutsNotDue": (
        "{sku:sku}: what its counters are at {moment:time} is not known at {time:time}",
        "ask again after that moment",
    ),
    "CutsTooMany": (
        "{sku:sku}: " + str(MAX_CUTS_WAITING) + " moments wait already for its counters to be kept",
        "wait until the first of them has passed",
    ),
    "CutsUnknown": (
        "{sku:sku}: no agreement had its counters kept at {moment:time}",
        "a session's counters are kept at its end, for the SKUs of its terms",
    ),
    "CutsUnknownSku": ("{sku:sku} is not registered", "register it first: `liveledger sku add`"),
    "StockNotCuts": (
        "{sender:account} is not the contract that registers cuts of counters",
        "agreements register them at the contract StockCuts",
    ),
}
