"""How tests ask for stock."""

from __future__ import annotations

from tests.api.ledger import CODES, WAREHOUSE, RunningApi


def stock_path(api: RunningApi, place: str = WAREHOUSE, sku: str = CODES[0]) -> str:
    """Address of a stock answer."""
    return f"/stock/{api.brand}/{sku}/{place}"


def available(api: RunningApi, place: str = WAREHOUSE) -> int:
    """What is available now, without proof."""
    return int(api.get(stock_path(api, place)).json()["answer"]["available"])
