"""Organisations, accounts, places, operators, devices and validators.

Every function takes a session and reads.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """The place with a GLN."""
    return one(session, PlaceRow, t.places, gln=gln)


def place(session: Session, number: int) -> PlaceRow | None:
    """The place with a number."""
    return one(session, PlaceRow, t.places, number=number)
