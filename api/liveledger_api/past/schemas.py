"""Typed answers about the way from an old block to the newest header."""

from __future__ import annotations

from typing import Any

from liveledger_api.answers import Hex
from liveledger_api.listing import Typed


class WayBack(Typed):
    """A part of a bundle (docs/bundle.md)."""

    set_changes: list[dict[str, Any]]
    light_block: dict[str, Any]
    execution_header: Hex
    past: dict[str, Any] | None
    nodes: list[Hex]
