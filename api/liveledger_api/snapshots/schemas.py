"""Typed answers about stock snapshots."""

from __future__ import annotations

from pydantic import Field

from liveledger_api.answers import RefusedRecord, example
from liveledger_api.listing import Gln, Typed


class SnapshotsTaken(Typed):
    """How many snapshots are new; `refused` where the good ones alone are taken (`partial`)."""

    model_config = example(accepted=2, already_stored=0, dry_run=False)

    accepted: int
    already_stored: int
    dry_run: bool
    refused: list[RefusedRecord] = Field(default_factory=list)


class SnapshotLot(Typed):
    """A lot as the outside system names it."""

    code: str
    expiry: int | None = Field(description="As YYYYMMDD; null: none was given")


class Snapshot(Typed):
    """What an outside system said that a place holds. `at`, `received_at`: Unix seconds."""

    model_config = example(
        id="s-1",
        source="wms",
        organisation=2,
        brand=1,
        sku="TEA-1",
        gtin=None,
        place="9521234000013",
        channel=None,
        quantity=21,
        available=None,
        reserved=None,
        lot=None,
        at=1796040000,
        received_at=1796040007.25,
    )

    id: str
    source: str
    organisation: int
    brand: int
    sku: str
    gtin: str | None
    place: Gln
    channel: str | None
    quantity: int
    available: int | None
    reserved: int | None
    lot: SnapshotLot | None
    at: int
    received_at: float


class SnapshotPage(Typed):
    """A page of snapshots; `next` goes into `after` of the next page, null: this was the last."""

    snapshots: list[Snapshot]
    next: str | None
