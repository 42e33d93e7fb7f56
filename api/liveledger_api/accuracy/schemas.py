"""Typed answers about comparisons with outside systems."""

from __future__ import annotations

from liveledger_api.answers import POSTED, Address, Hash, Posted, Seconds, example
from liveledger_api.listing import Decimal, Gln, Typed


class Figures(Typed):
    """What a comparison says of a place."""

    as_of: Seconds
    at_block: Decimal
    skus: Decimal
    skus_matching: Decimal
    ledger_units: Decimal
    snapshot_units: Decimal
    difference_units: Decimal
    accuracy_bps: Decimal
    deviation_bps: Decimal
    level: Decimal
    flag: Decimal
    recount_by: Decimal
    finding_skus: Decimal
    finding_units: Decimal


class OfPlace(Typed):
    """Which place it is about."""

    place: Gln


class PlaceFigure(Figures, OfPlace):
    """The newest comparison of a place (a GLN)."""

    recount_overdue: bool
    age_seconds: Decimal
    audited: bool
    poster: Address
    records: Decimal
    block: Decimal


class AllPlaces(Typed):
    """The accuracy over all places, and how many are flagged or to be counted again."""

    accuracy_bps: Decimal
    deviation_bps: Decimal
    goal_bps: Decimal
    goal_met: bool
    flagged: Decimal
    recounts_open: Decimal
    recounts_overdue: Decimal


_SKUS = {
    "skus": "40",
    "skus_matching": "39",
    "ledger_units": "10000",
    "snapshot_units": "10040",
    "difference_units": "40",
}
_STATE = {"as_of": "1796040000", "at_block": "1200", "accuracy_bps": "9750", "deviation_bps": "40", "level": "0"}
_STATE |= {"flag": "0", "recount_by": "0"}
_FINDING = {"finding_skus": "0", "finding_units": "0"}
_ALL = {"accuracy_bps": "9750", "deviation_bps": "40", "goal_bps": "9900", "goal_met": False, "flagged": "0"}
_ALL |= {"recounts_open": "0", "recounts_overdue": "0"}
_PLACE = {"place": "9521234000013", "recount_overdue": False, "age_seconds": "3600", "audited": False, "records": "1"}
_PLACE |= {"poster": "0x" + "5a" * 20, "block": "1204"}


class Accuracy(Typed):
    """The newest comparison of every place; `all` is null without one."""

    model_config = example(count="1", all=_ALL, places=[_SKUS | _STATE | _FINDING | _PLACE])

    count: Decimal
    all: AllPlaces | None
    places: list[PlaceFigure]


class PlaceState(Typed):
    """Where a place stands."""

    as_of: Seconds
    at_block: Decimal
    deviation_bps: Decimal
    accuracy_bps: Decimal
    level: Decimal
    flag: Decimal
    recount_by: Decimal
    finding_skus: Decimal
    finding_units: Decimal
    finding_raised_at: Decimal


class Comparison(PlaceState, Posted):
    """A comparison, and where the place stood after it."""

    sequence: Decimal
    skus: Decimal
    skus_matching: Decimal
    ledger_units: Decimal
    snapshot_units: Decimal
    difference_units: Decimal
    snapshot_root: Hash
    organisation: Decimal
    audited: bool


_AFTER = _STATE | _FINDING | {"finding_raised_at": "0"}
_RECORD = POSTED | _AFTER | _SKUS | {"sequence": "0", "snapshot_root": "0x" + "aa" * 32, "organisation": "2"}


class PlaceAccuracy(Typed):
    """A page of a place's comparisons; `latest` is null on a page that does not reach the end."""

    model_config = example(count="1", known_place=True, latest=_AFTER, records=[_RECORD | {"audited": False}])

    count: Decimal
    known_place: bool
    latest: PlaceState | None
    records: list[Comparison]
