"""Names of base units: UN/ECE Recommendation 20 codes by the number that StockLedger keeps (docs/messages.md)."""

from __future__ import annotations

# A number is for ever: new units are added behind.
_NAMES = ("EA", "PR", "SET", "GRM", "KGM", "MLT", "LTR", "MMT", "CMT", "MTR", "MTK")
UNITS = {name: code for code, name in enumerate(_NAMES)}


def unit_name(code: int) -> str:
    """The name of a unit's number; the number itself in words where it has no name."""
    return _NAMES[code] if code < len(_NAMES) else f"unit {code}"
