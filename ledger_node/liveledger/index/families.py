"""How far the index is with each family of rules: with the others, or behind them while it is filled."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.orm import Session

from liveledger.chain.contracts.gaps import Reason
from liveledger.chain.contracts.manifest import FAMILY_OF, Manifest
from liveledger.domain.errors import LiveLedgerError
from liveledger.index.chain.tables import cursor, family_cursors
from liveledger.rules.families import FAMILIES

NAMES = tuple(family.name for family in FAMILIES)
# What releases followed that kept one cursor for all.
WITH_ONE_CURSOR = (
    *("stock", "provenance", "reports", "settlement"),
    *("returns", "stock_health", "accuracy", "replenishment"),
)
_NEVER = 1 << 62


class IndexFilling(LiveLedgerError):
    """The index has not got as far with this family as with the others: ask again when it has."""

    code = "index-filling"
    http_status = 503
    exit_code = 4


def heights(connection: Connection | Session) -> dict[str, int]:
    """The last block that is in the index, by family; those of families that this program does not know among them."""
    return {row.family: row.height for row in connection.execute(select(family_cursors))}


def require(session: Connection | Session, family: str) -> None:
    """Raises IndexFilling unless the index is as far with ``family`` as with the chain itself."""
    own = select(family_cursors.c.height).where(family_cursors.c.family == family).scalar_subquery()
    goal, reached = session.execute(select(cursor.c.height, own)).one()
    height = reached or 0
    if height < goal:
        raise IndexFilling(
            f"the index has {family} up to block {height} of {goal}",
            hint="it is being filled, or a version that this release does not know began there: "
            "`liveledger index status` says which; all other questions are answered",
            family=family,
            height=str(height),
            goal=str(goal),
            retry_after=2,
        )


@contextmanager
def session_on(engine: Engine, *needed: str) -> Iterator[Session]:
    """A session for one question. Raises IndexFilling where the index is behind with a family that it needs."""
    with Session(engine) as session:
        for family in needed:
            require(session, family)
        yield session


def require_contract(session: Connection | Session, contract: str) -> None:
    """The same for the family of a contract; what belongs to none is always as far as the chain."""
    if family := FAMILY_OF.get(contract):
        require(session, family)


def last_known(manifest: Manifest, family: str) -> int:
    """The last block that this program can follow a family to: before a version that it does not know."""
    gaps = [gap for gap in manifest.gaps.values() if gap.family == family and gap.reason is Reason.UNKNOWN_VERSION]
    return min((gap.since - 1 for gap in gaps), default=_NEVER)


def going_on(manifest: Manifest, reached: Mapping[str, int], height: int) -> frozenset[str]:
    """The families that are at ``height`` and can be followed beyond it."""
    return frozenset(name for name in NAMES if reached[name] == height and last_known(manifest, name) > height)


def behind(manifest: Manifest, reached: Mapping[str, int], height: int) -> list[str]:
    """The families to be filled up to ``height``, the one that is furthest behind first."""
    wanted = [name for name in NAMES if reached[name] < min(height, last_known(manifest, name))]
    return sorted(wanted, key=lambda name: reached[name])


def enrol(connection: Connection, rows: Mapping[str, int]) -> None:
    """Begins to keep a cursor for families that have none: the last block that is in the index, by family."""
    if rows:
        connection.execute(
            family_cursors.insert(), [{"family": family, "height": height} for family, height in rows.items()]
        )


def forget(connection: Connection) -> None:
    """Drops all cursors of families: of no release that knew them."""
    connection.execute(delete(family_cursors))


def advance(connection: Connection, families: Collection[str], height: int, reached: int) -> int:
    """Moves the cursors of ``families`` from ``height`` on to ``reached``; returns how many were there."""
    change = update(family_cursors).where(family_cursors.c.family.in_(families), family_cursors.c.height == height)
    return connection.execute(change.values(height=reached)).rowcount if families else 0
