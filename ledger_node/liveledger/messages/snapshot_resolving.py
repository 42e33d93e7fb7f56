"""From snapshot messages to rows of the store: SKU, lot, place and organisation by number, and what is at odds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from liveledger.chain.contracts.ledger import Ledger
from liveledger.domain.times import day_text
from liveledger.messages.checks import Finding
from liveledger.messages.lookups import Lookups, Wanted
from liveledger.messages.refusals import OTHER_EXPIRY, OTHER_GTIN, OTHER_ORGANISATION, OTHER_PLACE, UNKNOWN_LOT, Refusal
from liveledger.messages.snapshots import Snapshot
from liveledger.messages.submitter_authorisation import Speaker, speaker

BrandsOf = Callable[[Collection[str]], Mapping[str, Sequence[tuple[int, int]]]]
"""(brand, GTIN) of the SKUs that have a code, by code; GTIN 0 = none."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A snapshot with the ledger's numbers; ``lot`` 0 = not stated."""

    snapshot: Snapshot
    organisation: int
    brand: int
    sku: int
    lot: int
    place: int


class SnapshotResolver:
    """Looks up what snapshots name, in the newest final block; whose SKU a bare code is, the index knows."""

    def __init__(self, ledger: Ledger, brands_of: BrandsOf) -> None:
        self._ledger = ledger
        self._names = Lookups(ledger)
        self._brands_of = brands_of

    def sort_out(self, snapshots: Sequence[Snapshot], caller: bytes) -> tuple[list[Placed], list[Refusal]]:
        """Snapshots with their numbers, and those that cannot be placed, each with everything that is wrong with it.

        ``caller`` is the address (20 bytes) of the account that sends. A snapshot of a place that its organisation
        neither operates nor audits is refused, as `liveledger reconcile` does. Raises Unavailable without the node.
        """
        brands, ambiguous = self._brands(snapshots)
        self._names.learn(_wanted(snapshots, brands))
        places = {self._names.place(snapshot.place) for snapshot in snapshots}
        speaks = speaker(self._ledger, caller, {number for number in places if number is not None})
        placed: list[Placed] = []
        refusals = []
        for snapshot in snapshots:
            brand = brands.get(snapshot.position)
            found = [*self._unknown(snapshot, brand, snapshot.position in ambiguous), *self._other(snapshot, speaks)]
            if found or brand is None:
                refusals.append(Refusal(snapshot.position, snapshot.row, tuple(found), snapshot.message_id))
            else:
                placed.append(self._placed(snapshot, brand))
        return placed, refusals

    def _brands(self, snapshots: Sequence[Snapshot]) -> tuple[dict[int, int], set[int]]:
        """Brands by position, those that stand in the message among them, and positions whose code several have."""
        bare = {snapshot.sku for snapshot in snapshots if snapshot.brand is None}
        known = self._brands_of(bare) if bare else {}
        brands, ambiguous = dict[int, int](), set[int]()
        for snapshot in snapshots:
            fitting = [snapshot.brand] if snapshot.brand is not None else _fitting(snapshot, known)
            if len(fitting) == 1:
                brands[snapshot.position] = fitting[0]
            elif fitting:
                ambiguous.add(snapshot.position)
        return brands, ambiguous

    def _unknown(self, snapshot: Snapshot, brand: int | None, ambiguous: bool) -> list[Finding]:
        found = []
        at = f"/{snapshot.position}"
        sku = None if brand is None else self._names.sku(brand, snapshot.sku)
        if ambiguous:
            text = f"several brands have a SKU {snapshot.sku!r} with this GTIN or none: name the brand"
            found.append(Finding(f"{at}/brand", text))
        elif brand is None or sku is None:
            whose = f"with the GTIN {snapshot.gtin}" if snapshot.brand is None else f"of brand {snapshot.brand}"
            found.append(Finding(f"{at}/sku", f"the ledger knows no SKU {snapshot.sku!r} {whose}"))
        else:
            found += self._against(snapshot, brand, sku)
        if self._names.place(snapshot.place) is None:
            found.append(Finding(f"{at}/place", f"the ledger knows no place with the GLN {snapshot.place:013d}"))
        return found

    def _against(self, snapshot: Snapshot, brand: int, sku: int) -> list[Finding]:
        """Where GTIN, lot or expiry are not what the ledger has of the SKU."""
        found = []
        at, gtin = f"/{snapshot.position}", self._names.gtin(sku)
        if gtin not in (0, int(snapshot.gtin)):
            text = f"the SKU {snapshot.sku!r} has the GTIN {gtin:014d}, not {snapshot.gtin}"
            found.append(Finding(f"{at}/gtin", text, OTHER_GTIN))
        if snapshot.lot is None:
            return found
        lot = self._names.lot(brand, snapshot.sku, snapshot.lot)
        if lot is None:
            text = f"the ledger knows no lot {snapshot.lot!r} of the SKU {snapshot.sku!r}"
            found.append(Finding(f"{at}/lot", text, UNKNOWN_LOT))
        elif self._names.expiry(sku, lot) != snapshot.expiry:
            known, said = (day_text(day or 0) or "none" for day in (self._names.expiry(sku, lot), snapshot.expiry))
            text = f"the lot {snapshot.lot!r} has the expiry date {known} on the ledger, not {said}"
            found.append(Finding(f"{at}/lot/expiry", text, OTHER_EXPIRY))
        return found

    def _other(self, snapshot: Snapshot, speaks: Speaker) -> list[Finding]:
        """Where the account that sends may not say this: of another organisation's, or of another's place."""
        own, at = speaks.organisation, f"/{snapshot.position}"
        if own is None or self._names.organisation(int(snapshot.organisation)) != own:
            text = f"{snapshot.organisation} is not the organisation of the account that sends"
            return [Finding(f"{at}/organisation", text, OTHER_ORGANISATION)]
        place = self._names.place(snapshot.place)
        if place is None or speaks.may_speak_of(place):
            return []
        why = "is operated by another organisation" if place in speaks.operators else "is not active"
        return [Finding(f"{at}/place", f"the place {snapshot.place:013d} {why}", OTHER_PLACE)]

    def _placed(self, snapshot: Snapshot, brand: int) -> Placed:
        names = self._names
        lot = 0 if snapshot.lot is None else names.lot(brand, snapshot.sku, snapshot.lot)
        numbers = (
            names.organisation(int(snapshot.organisation)),
            brand,
            names.sku(brand, snapshot.sku),
            lot,
            names.place(snapshot.place),
        )
        return Placed(snapshot, *(_known(number) for number in numbers))


def _fitting(snapshot: Snapshot, known: Mapping[str, Sequence[tuple[int, int]]]) -> list[int]:
    """Brands whose SKU of this code has the GTIN; where none has it, those whose SKU has no GTIN at all."""
    of_code = known.get(snapshot.sku, ())
    exact = [brand for brand, gtin in of_code if gtin == int(snapshot.gtin)]
    return exact or [brand for brand, gtin in of_code if gtin == 0]


def _wanted(snapshots: Sequence[Snapshot], brands: Mapping[int, int]) -> Wanted:
    owned = [(snapshot, brands[snapshot.position]) for snapshot in snapshots if snapshot.position in brands]
    skus = frozenset((brand, snapshot.sku) for snapshot, brand in owned)
    return Wanted(
        skus=skus,
        described_skus=skus,
        described_lots=frozenset(
            (brand, snapshot.sku, snapshot.lot) for snapshot, brand in owned if snapshot.lot is not None
        ),
        places=frozenset(snapshot.place for snapshot in snapshots),
        organisations=frozenset(int(snapshot.organisation) for snapshot in snapshots),
    )


def _known(number: int | None) -> int:
    if number is None:
        raise KeyError("a snapshot that was not sorted out")
    return number
