"""Organisations, accounts, places, operators, devices and validators.

Every function takes a session and reads.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from liveledger.index.members import tables as t
from liveledger.index.reading import one


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A member organisation."""

    number: int
    kind: int
    status: int
    gln: int
    name_commitment: bytes
    block: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of an organisation; ``roles`` is a bit mask."""

    address: bytes
    organisation: int
    status: int
    roles: int
    block: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place and who operates it."""

    number: int
    operator: int
    status: int
    gln: int
    block: int


@dataclass(frozen=True, slots=True)
class Members:
    """Which organisations or locations a list is of: those that have all that is named; None leaves it open.

    ``kind`` is an organisation's, ``operator`` (a number) a location's; ``glns``: the lowest and the highest GLN.
    """

    status: int | None = None
    kind: int | None = None
    operator: int | None = None
    glns: tuple[int, int] | None = None


def organisations(session: Session, which: Members, after: int, limit: int) -> list[OrganisationRow]:
    """Organisations by number, behind the number ``after``."""
    return [OrganisationRow(*row) for row in session.execute(_list(t.organisations, which, after, limit))]


def places(session: Session, which: Members, after: int, limit: int) -> list[PlaceRow]:
    """Locations by number, behind the number ``after``."""
    return [PlaceRow(*row) for row in session.execute(_list(t.places, which, after, limit))]


def glns_of(session: Session, numbers: Collection[int]) -> dict[int, int]:
    """GLNs of organisations by their numbers."""
    known = t.organisations.c
    return {row[0]: row[1] for row in session.execute(select(known.number, known.gln).where(known.number.in_(numbers)))}


def _list(table: Table, which: Members, after: int, limit: int) -> Select[Any]:
    query = select(table).where(table.c.number > after).order_by(table.c.number).limit(limit)
    for name in ("status", "kind", "operator"):
        value = getattr(which, name)
        query = query if value is None else query.where(table.c[name] == value)
    return query if which.glns is None else query.where(table.c.gln.between(*which.glns))


def organisation_by_gln(session: Session, gln: int) -> OrganisationRow | None:
    """The organisation with a GLN."""
    return one(session, OrganisationRow, t.organisations, gln=gln)


def organisation(session: Session, number: int) -> OrganisationRow | None:
    """The organisation with a number."""
    return one(session, OrganisationRow, t.organisations, number=number)


def account(session: Session, address: bytes) -> AccountRow | None:
    """A registered account."""
    return one(session, AccountRow, t.accounts, address=address)


def place_by_gln(session: Session, gln: int) -> PlaceRow | None:
    """The place that a GLN means: the newest with it. A second one is registered only where a vote reserved the GLN."""
    query = select(t.places).where(t.places.c.gln == gln).order_by(t.places.c.number.desc())
    row = session.execute(query).first()
    return None if row is None else PlaceRow(*row)


def place(session: Session, number: int) -> PlaceRow | None:
    """The place with a number."""
    return one(session, PlaceRow, t.places, number=number)
