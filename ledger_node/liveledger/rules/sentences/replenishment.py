"""Sentences of Replenishment: a brand's settings, and the one order that the rule gives."""

from __future__ import annotations

from liveledger.bindings.constants import MAX_CANDIDATES, MAX_POLICY_ROWS
from liveledger.domain.money import WHOLE_BPS

_ASK = "ask again: `liveledger replenish suggest BRAND`"
_POLICY = "`liveledger replenish` shows and sets what the brand's policy says"
_LEVELS = "compute and set new ones"

SENTENCES: dict[str, tuple[str, str]] = {
    "LotSumsUnanswered": (
        "the stock of {sku:sku}, lot {lot}, at {place:place} could not be read",
        "the StockLedger in the directory does not answer: look at the ledger's contracts",
    ),
    "ReplenishmentAboveThreshold": (
        "there are {position} units there or on order; the threshold is {threshold}",
        "nothing is to be ordered now",
    ),
    "ReplenishmentCoolDown": (
        "the place was served a moment ago: the next order may come after {until:time}",
        "nothing is to be ordered now",
    ),
    "ReplenishmentDayCapUsedUp": (
        "{units} units were ordered for the place today, all that the brand allows a day",
        "nothing is to be ordered before tomorrow (UTC), unless the brand allows more",
    ),
    "ReplenishmentForeignSku": (
        "row {index:nth}: {sku:sku} is not of brand {brand}",
        "one call sets levels of one brand",
    ),
    "ReplenishmentLevels": (
        "row {index:nth}: a threshold of {threshold} and a target of {target} cannot be",
        "the target is at least the threshold, and both are within the limit of units",
    ),
    "ReplenishmentLevelsStale": (
        "row {index:nth}: levels number {sequence} do not follow number {current}",
        "read the present levels again: somebody set them meanwhile",
    ),
    "ReplenishmentLevelsTooOld": ("the levels counted until {until:time}", _LEVELS),
    "ReplenishmentLinkToItself": ("row {index:nth}: {place:place} is linked to itself", "name two places"),
    "ReplenishmentLoop": (
        "goods would go from {from_:place} to {to:place}, and the other way an order is open or came a moment ago",
        "wait for the cool-down after the other order's arrival",
    ),
    "ReplenishmentNoLevels": ("{sku:sku} at {place:place} has no levels", _LEVELS),
    "ReplenishmentNoSettings": ("brand {brand} has no settings for replenishment", _POLICY),
    "ReplenishmentNoSource": (
        "{sku:sku} for {place:place}: no place has any to give, and no active supplier is set",
        "the brand sets a supplier, or goods come in elsewhere",
    ),
    "ReplenishmentNotAnEnd": (
        "{organisation:org} operates neither end of order {order_id}",
        "the organisation that sends or receives acts on it",
    ),
    "ReplenishmentNotApproved": (
        "brand {brand} does not let {organisation:org} do this with this SKU at this place",
        "the brand allows it: `liveledger member operator approve GLN --acts plan,order`",
    ),
    "ReplenishmentNotBrand": ("{organisation:org} is no brand", "a brand's account sets its policy"),
    "ReplenishmentNotExpired": ("order {order_id} is open until {deadline:time}", "close it, or wait until then"),
    "ReplenishmentNotTheChoice": (
        "the rule gives another order: {expected_quantity} units from {expected_kind:source} number {expected_source}",
        _ASK,
    ),
    "ReplenishmentOrderEnded": ("order {order_id} has ended: {status:order}", "nothing is to be done"),
    "ReplenishmentPlaceNotListed": ("{place:place} is not among the places of brand {brand}", _POLICY),
    "ReplenishmentPlaceNotUsable": (
        "{place:place} cannot be used by brand {brand}: it or its operator is not active, or not approved by the brand",
        "`liveledger member place list`, `liveledger member operator approve GLN`",
    ),
    "ReplenishmentLot": (
        "lot {lot} cannot be kept in sight: there is none, it does not come after the one before it, or there are 32",
        "`liveledger replenish lots` names those with stock",
    ),
    "ReplenishmentPlacesFull": (f"brand {{brand}} has {MAX_CANDIDATES} places, the most", "take one off first"),
    "ReplenishmentPurchasingFrozen": (
        "brand {brand} may not buy from its supplier: StockHealth says that its purchasing is frozen",
        "`liveledger health capital BRAND` shows the report; goods of other places may be moved",
    ),
    "ReplenishmentRows": (f"a call has 1 to {MAX_POLICY_ROWS} rows, not {{rows}}", "send it in parts"),
    "ReplenishmentSecondHub": ("region {region} has a hub already: {hub:place}", "a region has one hub"),
    "ReplenishmentSettingOutOfRange": (
        "setting {field:nth} may not be {value}",
        "docs/replenishment.md has the settings in their order, with their ranges",
    ),
    "ReplenishmentUnits": (
        "{received} units would be received of {shipped} that were shipped",
        "count again: no more can arrive than left",
    ),
    "ReplenishmentUnknownLink": (
        "no link leads from {from_:place} to {to:place}",
        "the brand sets links between its places",
    ),
    "ReplenishmentUnknownOrder": ("there is no order {order_id}", "`liveledger replenish orders BRAND SKU` lists them"),
    "ReplenishmentUnknownSku": (
        "row {index:nth}: {sku:sku} is not registered",
        "register it: `liveledger sku add FILE`",
    ),
    "ReplenishmentUnknownSupplier": (
        "{organisation:org} is no active supplier",
        "`liveledger member list` shows the suppliers",
    ),
    "ReplenishmentWeights": (
        f"the four weights add up to {{sum}}, not {WHOLE_BPS}",
        f"make them add up to {WHOLE_BPS}",
    ),
}
