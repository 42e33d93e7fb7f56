"""From the words of a snapshot to the numbers of the ledger, out of the index: SKUs, lots, places, organisations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from liveledger.bindings.constants import OrganisationKind, Status
from liveledger.domain import gs1
from liveledger.index.database import PARAMETERS
from liveledger.index.members import queries as members_queries
from liveledger.index.members.queries import PlaceRow
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock import tables as t
from liveledger.index.stock.queries import LotRow, SkuRow
from liveledger.messages.snapshots import Snapshot
from liveledger.reconcile.comparing import ALL_LOTS, Goods, Held
from liveledger.reconcile.errors import refuse, row_of

_MOST_LOTS = 1 << 16
_UNKNOWN_PLACE = "snapshot-unknown-place"


@dataclass(frozen=True, slots=True)
class Placed:
    """A row with the ledger's numbers; ``lot`` 0 = not stated."""

    row: Snapshot
    sku: int
    lot: int


class Names:
    """Looks up what snapshots name. What it found is kept as long as the session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._skus: dict[int, SkuRow] = {}
        self._by_code: dict[str, list[SkuRow]] = {}
        self._lots: dict[int, dict[str, LotRow]] = {}

    def place(self, row: Snapshot) -> PlaceRow:
        """The place that a row names. Raises InvalidSnapshot."""
        found = members_queries.place_by_gln(self._session, row.place)
        if found is None:
            raise refuse(row_of(row), "place", f"{gs1.gln_text(row.place)} is no place of the ledger", _UNKNOWN_PLACE)
        return found

    def check_organisation(self, row: Snapshot, place: PlaceRow) -> None:
        """A snapshot comes from who operates the place, or from an auditor. Raises InvalidSnapshot."""
        found = members_queries.organisation_by_gln(self._session, int(row.organisation))
        audits = found is not None and (found.kind, found.status) == (OrganisationKind.AUDITOR, Status.ACTIVE)
        if found is None or (found.number != place.operator and not audits):
            sentence = f"{row.organisation} neither operates the place nor audits"
            raise refuse(row_of(row), "organisation", sentence, "snapshot-other-organisation")

    def resolve(self, rows: Sequence[Snapshot]) -> list[Placed]:
        """Rows with SKU and lot by number. Raises InvalidSnapshot naming the first row that is at odds."""
        self._learn({row.sku for row in rows})
        placed = [self._placed(row) for row in rows]
        first: dict[tuple[int, int, str], int] = {}
        for entry in placed:
            row = entry.row
            earlier = first.setdefault((entry.sku, entry.lot, row.channel), row_of(row))
            if earlier != row_of(row):
                raise refuse(row_of(row), "sku", f"repeats row {earlier}", "snapshot-duplicate-row")
        return placed

    def sku(self, number: int) -> SkuRow:
        """The SKU with a number that the ledger has. Raises KeyError."""
        if number not in self._skus:
            found = stock_queries.sku(self._session, number)
            if found is None:
                raise KeyError(number)
            self._skus[number] = found
        return self._skus[number]

    def lot_code(self, sku: int, lot: int) -> str:
        """The code of a lot that the ledger has; "" for goods without one."""
        if lot in (0, ALL_LOTS):
            return ""
        return next(row.code for row in self._lots_of(sku).values() if row.lot == lot)

    def _placed(self, row: Snapshot) -> Placed:
        fitting = self._fitting(row)
        if len(fitting) != 1:
            reason = "several brands have it: name the brand" if fitting else "the ledger knows no such SKU"
            raise refuse(row_of(row), "sku", f"{row.sku!r} with the GTIN {row.gtin}: {reason}", "snapshot-unknown-sku")
        sku = fitting[0]
        self._skus[sku.sku] = sku
        if sku.gtin not in (0, int(row.gtin)):
            raise refuse(row_of(row), "gtin", f"the ledger has {sku.gtin:014d} for {row.sku!r}", "snapshot-other-gtin")
        return Placed(row, sku.sku, self._lot(row, sku.sku))

    def _fitting(self, row: Snapshot) -> list[SkuRow]:
        """SKUs of the row's code: of its brand, or those with its GTIN, or those that have no GTIN at all."""
        known = self._by_code.get(row.sku, [])
        if row.brand:
            return [sku for sku in known if sku.brand == row.brand]
        return [sku for sku in known if sku.gtin == int(row.gtin)] or [sku for sku in known if sku.gtin == 0]

    def _lot(self, row: Snapshot, sku: int) -> int:
        if not row.lot:
            return 0
        lot = self._lots_of(sku).get(row.lot)
        if lot is None:
            raise refuse(
                row_of(row), "lot", f"the ledger knows no lot {row.lot!r} of {row.sku!r}", "snapshot-unknown-lot"
            )
        if row.expiry not in (0, lot.expiry):
            known = lot.expiry or "none"
            raise refuse(
                row_of(row), "expiry", f"the ledger has {known} for the lot {row.lot!r}", "snapshot-other-expiry"
            )
        return lot.lot

    def _lots_of(self, sku: int) -> dict[str, LotRow]:
        if sku not in self._lots:
            self._lots[sku] = {row.code: row for row in stock_queries.lots_of(self._session, sku, 1, _MOST_LOTS)}
        return self._lots[sku]

    def _learn(self, codes: set[str]) -> None:
        known: defaultdict[str, list[SkuRow]] = defaultdict(list)
        wanted = sorted(code.encode() for code in codes)
        for start in range(0, len(wanted), PARAMETERS):
            query = select(t.skus).where(t.skus.c.code.in_(wanted[start : start + PARAMETERS]))
            for sku, brand, code, gtin, unit, block in self._session.execute(query):
                known[code.decode()].append(SkuRow(sku, brand, code.decode(), gtin, unit, block))
        self._by_code = dict(known)


def snapshot_side(placed: Sequence[Placed], kept: Mapping[Goods, Held]) -> dict[Goods, Held]:
    """What the snapshot says of each SKU and lot, its channels added up.

    A SKU of which no row states a lot while the ledger (``kept``) has lots of it is taken over all its lots.
    """
    stated = {entry.sku for entry in placed if entry.lot}
    with_lots = {sku for (sku, lot), held in kept.items() if lot and held.units}
    sums: dict[Goods, Held] = {}
    for entry in placed:
        whole = entry.sku in with_lots and entry.sku not in stated
        goods = (entry.sku, ALL_LOTS if whole else entry.lot)
        sums[goods] = sums.get(goods, Held()).plus(Held(entry.row.available, entry.row.reserved))
    return sums
