"""Typed answers about the server itself."""

from __future__ import annotations

from typing import Literal

from liveledger_api.answers import example
from liveledger_api.listing import Decimal, Typed


class Live(Typed):
    """The process answers."""

    model_config = example(status="live")

    status: Literal["live"]


class Ready(Typed):
    """Whether the server keeps up; the heights, and what holds which work up."""

    model_config = example(
        status="ready",
        chain_height="1206",
        verifiable_height="1205",
        index_height="1206",
        lag_blocks="0",
        error=None,
        unanswered=[],
        submissions={},
        block_hashes=None,
        reservations="in-line",
        failing=[],
    )

    status: Literal["ready", "not ready"]
    chain_height: Decimal
    verifiable_height: Decimal
    index_height: Decimal
    lag_blocks: Decimal
    error: str | None
    unanswered: list[str]
    submissions: dict[str, str]
    block_hashes: str | None
    reservations: Literal["own-account", "in-line"]
    failing: list[str]
