"""How `--json` writes numbers: what the ledger has is a decimal string, as in bundles; what a call counts is a number.

A number of the ledger may be beyond 2⁵³, where many readers of JSON round without a word (docs/commands.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Whole numbers under these names are the ledger's: heights and times of blocks, numbers of what is registered, units,
# money, voting power, settings of the rules.
NAMES = frozenset(
    {
        *("height", "final", "behind", "lag", "lag_blocks", "block", "blocks", "recorded", "signs_from", "as_of"),
        *("deadline", "proposed_at", "decided_at", "valid_until", "gas_used", "evm_chain_id"),
        *("power", "total_power", "may_fail", "voters", "validators"),
        *("brand", "organisation", "operator", "proposer", "approving", "refusing", "place", "sku", "lots", "region"),
        *(
            "source",
            "from",
            "to",
            "supplier",
            "number",
            "id",
            "sequence",
            "lane",
            "index",
            "position",
            "score",
            "level",
        ),
        *("units", "quantity", "available", "reserved", "in_transit", "held", "difference", "skus", "skus_matching"),
        *("threshold", "target", "safety", "metres", "carbon_grams", "transit_seconds", "lead_seconds"),
        *("cool_down_seconds", "supplier_seconds", "order_seconds", "max_level_age_seconds"),
    }
)
SUFFIXES = ("_bps", "_fen", "_units", "_height", "_block")
# Documents that others wrote are shown as they are.
DOCUMENTS = frozenset({"event", "message", "anchor", "error"})


def written(data: Any, name: str = "") -> Any:
    """``data`` as `--json` prints it; ``name``: the member of an object that it is."""
    if isinstance(data, Mapping):
        return {key: value if key in DOCUMENTS else written(value, key) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [written(value, name) for value in data]
    if type(data) is int and is_of_the_ledger(name):
        return str(data)
    return data


def is_of_the_ledger(name: str) -> bool:
    """Whether a whole number under this name is the ledger's."""
    return name in NAMES or name.endswith(SUFFIXES)
