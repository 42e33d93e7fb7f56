"""Gradings of returned goods and what was carried out of them.

Every function takes a session and reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from liveledger.domain.hashing import hex_bytes
from liveledger.domain.returns import Disposition, Grade, ReturnAct
from liveledger.index.returns import tables as t


@dataclass(frozen=True, slots=True)
class GradingRow:
    """An entry of a SKU's return stream; act, grade and disposition by their numbers in `domain.returns`."""

    sku: int
    position: int
    act: int
    organisation: int
    poster: bytes
    lot: int
    place: int
    quantity: int
    grade: int
    disposition: int
    documents_root: bytes
    block: int
    block_time: int
    tx_index: int
    log_index: int

    def as_dict(self) -> dict[str, str]:
        """The entry as it stands in answers, with its SKU."""
        return {
            "sku": str(self.sku),
            "index": str(self.position),
            "act": ReturnAct(self.act).name.lower(),
            "organisation": str(self.organisation),
            "lot": str(self.lot),
            "place": str(self.place),
            "quantity": str(self.quantity),
            "grade": Grade(self.grade).name.lower(),
            "disposition": Disposition(self.disposition).name.lower(),
            "documents_root": hex_bytes(self.documents_root),
            "block": str(self.block),
            "time": str(self.block_time),
            "poster": hex_bytes(self.poster),
        }


def gradings(session: Session, sku: int, start: int, limit: int) -> list[GradingRow]:
    """Gradings and closings of a SKU in the order of the chain, from number ``start`` on."""
    query = (
        select(t.gradings)
        .where(t.gradings.c.sku == sku, t.gradings.c.position >= start)
        .order_by(t.gradings.c.position)
        .limit(limit)
    )
    return [GradingRow(*row) for row in session.execute(query)]


def gradings_of_brand(session: Session, brand: int, after: tuple[int, int, int], limit: int) -> list[GradingRow]:
    """Gradings and closings of all SKUs of a brand behind one of them, in the order of the chain.

    ``after``: block, number of the log in it, position in the SKU's stream; a block of many is read in several pages.
    """
    columns = t.gradings.c
    place = tuple_(columns.block, columns.log_index, columns.position)
    query = (
        select(t.gradings)
        .where(columns.sku >= brand << 20, columns.sku < (brand + 1) << 20, place > after)
        .order_by(columns.block, columns.log_index, columns.position)
        .limit(limit)
    )
    return [GradingRow(*row) for row in session.execute(query)]
