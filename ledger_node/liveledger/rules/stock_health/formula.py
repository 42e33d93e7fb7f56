"""The formula of stock health: the share of capital that is bound in stock, and what freezes a brand's purchasing.

Money is integer fen, ratios are basis points, times are Unix seconds (docs/formats.md, "Stock health").
"""

from __future__ import annotations

from liveledger.domain.money import WHOLE_BPS, Bps

# The highest share at which a brand buys freely: 35 %.
MAX_SHARE_BPS = 3_500
# So long after the end of its year a report is stale, which freezes too.
STALE_SECONDS = 100 * 86_400
# So long after its report what a side found above the limit stands against all others.
INDEPENDENT_SECONDS = 90 * 86_400
# The share of stock without revenue: the greatest uint96.
NO_REVENUE = Bps((1 << 96) - 1)


def share_up(stock_value: int, revenue: int) -> Bps:
    """Stock value by revenue (both fen), rounded up; ``NO_REVENUE`` when there is stock and no revenue."""
    if stock_value == 0:
        return Bps(0)
    return Bps(-(-stock_value * WHOLE_BPS // revenue)) if revenue else NO_REVENUE


def is_above_limit(share: int) -> bool:
    """Whether a brand with this share may buy nothing."""
    return share > MAX_SHARE_BPS


def is_stale(period_to: int, time: int) -> bool:
    """Whether a report's year ended, at ``period_to``, too long before ``time``."""
    return time > period_to + STALE_SECONDS


def stands(*, above: bool, reported_at: int, time: int) -> bool:
    """Whether what a side found, at block time ``reported_at``, freezes purchasing whatever others report."""
    return above and time <= reported_at + INDEPENDENT_SECONDS
