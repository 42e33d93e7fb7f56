"""What all queries of the index share."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

_Row = TypeVar("_Row")


def one(session: Session, kind: type[_Row], table: Table, *, skip: int = 0, **where: object) -> _Row | None:
    """The row of ``table`` whose columns equal ``where``, as ``kind``, without its first ``skip`` columns."""
    query = select(table).where(*(table.c[name] == value for name, value in where.items()))
    row = session.execute(query).first()
    return None if row is None else kind(*row[skip:])
