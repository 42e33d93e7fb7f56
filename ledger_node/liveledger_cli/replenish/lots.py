"""What ``liveledger replenish lots`` finds: old lots with stock, which count only when their brand says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from liveledger.index.stock.stocked_lots import stocked_lots
from liveledger.rules.replenishment.formula import lots_to_keep
from liveledger.services.replenishment import ReplenishmentReader
from liveledger_cli.common.read_back import require


@dataclass(frozen=True, slots=True)
class KeptLots:
    """Lots of a SKU by number, ascending: those that its brand keeps in sight, and those that it should."""

    sku: int
    code: str
    kept: tuple[int, ...]
    wanted: tuple[int, ...]

    @property
    def changes(self) -> bool:
        """Whether it should say so anew."""
        return self.kept != self.wanted

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {"sku": self.code, "kept": [*map(str, self.kept)], "wanted": [*map(str, self.wanted)]}

    def text(self) -> str:
        """One line for a terminal."""
        return f"{self.code}: in sight {_listed(self.kept)}, with stock {_listed(self.wanted)}"


def kept_lots(reader: ReplenishmentReader, engine: Engine, brand: int, block: int) -> list[KeptLots]:
    """SKUs that keep lots in sight or should, by what the index has at the brand's places."""
    places = [listed.place for listed in reader.places(brand, block)]
    with Session(engine) as session:
        stocked = stocked_lots(session, brand, places)
    rows = []
    for sku, found in sorted(stocked.items()):
        kept = tuple(reader.kept_lots(sku, block))
        wanted = tuple(lots_to_keep(found.lots, found.units))
        if kept or wanted:
            rows.append(KeptLots(sku, found.code, kept, wanted))
    return rows


def require_kept(reader: ReplenishmentReader, rows: Iterable[KeptLots], block: int) -> None:
    """Asks the ledger for what was sent. Raises NotReadBack for the first SKU that keeps others."""
    for row in rows:
        require(f"the lots of {row.code} that are kept in sight", list(row.wanted), reader.kept_lots(row.sku, block))


def _listed(lots: tuple[int, ...]) -> str:
    return ", ".join(map(str, lots)) or "none"
