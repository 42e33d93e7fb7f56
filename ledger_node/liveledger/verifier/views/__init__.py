"""One module a view: parameters, sections of evidence, decoder."""

from __future__ import annotations

from typing import Any

from liveledger.verifier.views import (
    acts,
    capital,
    capital_3,
    contract,
    item_events,
    item_history,
    movement,
    place_accuracy,
    place_accuracy_2,
    place_accuracy_3,
    poster_batches,
    raw_storage,
    reading,
    reports,
    settlement,
    sku_movements,
    sku_orders,
    sku_returns,
    stock,
    transaction,
)
from liveledger.verifier.views.base import View

_MODULES = (
    raw_storage,
    stock,
    sku_movements,
    item_events,
    item_history,
    poster_batches,
    movement,
    settlement,
    reports,
    reading,
    transaction,
    acts,
    contract,
    sku_returns,
    capital,
    capital_3,
    place_accuracy,
    place_accuracy_2,
    place_accuracy_3,
    sku_orders,
)
VIEWS: dict[str, View[Any]] = {view.name: view for module in _MODULES for view in module.VIEWS}


def find_view(name: Any) -> View[Any] | None:
    """The view called ``name``, None when there is none."""
    return VIEWS.get(name) if isinstance(name, str) else None
