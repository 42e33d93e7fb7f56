"""Units of money: integer fen (1/100 CNY) and ratios in basis points (1/10,000)."""

from __future__ import annotations

from typing import NewType

Fen = NewType("Fen", int)
Bps = NewType("Bps", int)

WHOLE_BPS = Bps(10_000)


def yuan_text(amount: Fen) -> str:
    """``amount`` for people: ``¥1,750.00``, with a minus sign in front of a debt."""
    sign, absolute = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}¥{absolute // 100:,}.{absolute % 100:02}"
