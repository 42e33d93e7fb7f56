"""Typed answers about settlements of an agreement."""

from __future__ import annotations

from liveledger_api.answers import POSTED, Hash, Posted, Seconds, example
from liveledger_api.listing import Decimal, Typed


class Terms(Typed):
    """What both sides signed."""

    brand: Decimal
    supplier: Decimal
    forecaster: Decimal
    brand_bps: Decimal
    valid_until: Seconds
    terms_hash: Hash


class SkuInputs(Typed):
    """What a SKU's loss is computed from."""

    sku: Decimal
    unit_cost_fen: Decimal
    received: Decimal
    forecast: Decimal
    sold: Decimal
    returned: Decimal
    overstock: Decimal


class Settlement(Posted):
    """A settled session: the loss, and what each side bears of it."""

    session: Hash
    loss_fen: Decimal
    brand_fen: Decimal
    supplier_fen: Decimal
    inputs: list[SkuInputs]


_TERMS = {"brand": "1", "supplier": "2", "forecaster": "3", "brand_bps": "7000", "valid_until": "1798632000"}
_INPUTS = {"sku": "1048577", "unit_cost_fen": "1250", "received": "1000", "forecast": "900", "sold": "720"}
_INPUTS |= {"returned": "20", "overstock": "200"}
_SETTLED = POSTED | {"session": "0x" + "88" * 32, "loss_fen": "250000", "brand_fen": "175000", "supplier_fen": "75000"}


class Settlements(Typed):
    """Settlements of an agreement, all or a page; `count`: how many there are."""

    model_config = example(
        count="1",
        known=True,
        terms=_TERMS | {"terms_hash": "0x" + "99" * 32},
        settlements=[_SETTLED | {"inputs": [_INPUTS]}],
    )

    count: Decimal
    known: bool
    terms: Terms | None
    settlements: list[Settlement]
