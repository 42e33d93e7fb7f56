"""Stock but for the batches themselves, which `batches` applies all at once."""

from __future__ import annotations

from liveledger.index.stock import catalogue, corrections
from liveledger.index.stock.batches import CONTRACT

HANDLERS = {CONTRACT: {**catalogue.HANDLERS, **corrections.HANDLERS}}
