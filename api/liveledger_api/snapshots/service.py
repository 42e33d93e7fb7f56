"""Keeps stock snapshots, each once; nothing of them goes on the chain."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from liveledger.domain import gs1
from liveledger.domain.hashing import canonical_json
from liveledger.messages.refusals import Refusal, in_order, of_error, refused, spot
from liveledger.messages.snapshot_resolving import Placed, SnapshotResolver
from liveledger.messages.snapshots import InvalidSnapshot, Snapshot
from liveledger_api.chain_access import ChainAccess
from liveledger_api.database import Database, WriteSession
from liveledger_api.errors import AlreadyExists
from liveledger_api.snapshots import queries
from liveledger_api.snapshots.queries import Period
from liveledger_api.store.schema import StoredSnapshot


class SnapshotService:
    """What can be done with stock snapshots."""

    def __init__(self, store: Database, chain: ChainAccess, resolver: SnapshotResolver, *, limit: int) -> None:
        self.limit = limit
        self._store = store
        self._chain = chain
        self._resolver = resolver

    def keep(
        self,
        snapshots: Sequence[Snapshot],
        refusals: Iterable[Refusal],
        account: str,
        *,
        partial: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Keeps the snapshots that are new; the same message again changes nothing.

        With ``partial`` records that cannot be kept are listed as ``refused``, and ``refusals`` with them. Without it
        raises InvalidSnapshot or AlreadyExists (an id that came with other content), naming the record; then nothing
        was written. Raises NotFound for an account that has no key here, Unavailable while the node is away.
        """
        placed, unknown = self._resolver.sort_out(snapshots, self._chain.sender(account).address)
        if unknown:
            self._chain.require_recent()
            if not partial:
                raise refused(unknown, InvalidSnapshot)
        with self._store.writing() as session:
            fresh, conflicts = _fresh(session, placed)
            if conflicts and not partial:
                raise conflicts[0][1]
            if not dry_run:
                queries.add(session, [_row(one, account, time.time()) for one in fresh])
        against = [of_error(error, one.position, one.row, one.message_id) for one, error in conflicts]
        answer = {
            "accepted": len(fresh),
            "already_stored": len(placed) - len(fresh) - len(conflicts),
            "dry_run": dry_run,
        }
        return answer | ({"refused": in_order([*refusals, *unknown, *against])} if partial else {})

    def of_place(self, place: str, period: Period, sku: str | None, organisation: int | None = None) -> dict[str, Any]:
        """A page of a place's snapshots (``place`` is a GLN) in the order of their facts' times; ``next`` goes on.

        With an ``organisation`` those that it sent, and those of its goods.
        """
        with self._store.reading() as session:
            rows = queries.of_place(session, place, period, sku, organisation)
        full = len(rows) == period.limit
        return {
            "snapshots": [_shown(row) for row in rows],
            "next": f"{rows[-1].at}-{rows[-1].number}" if full else None,
        }


def _fresh(
    session: WriteSession, placed: Sequence[Placed]
) -> tuple[list[Placed], list[tuple[Snapshot, AlreadyExists]]]:
    """Snapshots that are not stored yet, and those whose id is there with other content."""
    ids: defaultdict[int, list[str]] = defaultdict(list)
    for one in placed:
        ids[one.organisation].append(one.snapshot.message_id)
    known = {number: queries.documents(session, number, some) for number, some in ids.items()}
    fresh, conflicts = [], []
    for one in placed:
        stored = known[one.organisation].get(one.snapshot.message_id)
        if stored is None:
            fresh.append(one)
        elif stored != _document(one.snapshot):
            conflicts.append((one.snapshot, _conflict(one.snapshot)))
    return fresh, conflicts


def _conflict(snapshot: Snapshot) -> AlreadyExists:
    return AlreadyExists(
        f"{spot(snapshot.position, snapshot.row)}: the snapshot {snapshot.message_id!r} was sent with other content",
        hint="give every snapshot an id of its own",
        path=f"/{snapshot.position}/id",
    )


def _row(placed: Placed, account: str, now: float) -> StoredSnapshot:
    snapshot = placed.snapshot
    return StoredSnapshot(
        organisation=placed.organisation,
        message_id=snapshot.message_id,
        source=snapshot.source,
        brand=placed.brand,
        sku=placed.sku,
        sku_code=snapshot.sku,
        gtin=snapshot.gtin,
        place=placed.place,
        place_gln=gs1.gln_text(snapshot.place),
        channel=snapshot.channel,
        quantity=snapshot.quantity,
        available=snapshot.available,
        reserved=snapshot.reserved,
        lot=placed.lot,
        lot_code=snapshot.lot,
        expiry=snapshot.expiry,
        at=snapshot.at,
        received_at=now,
        account=account,
        document=_document(snapshot),
    )


def _document(snapshot: Snapshot) -> str:
    return canonical_json(snapshot.document).decode()


def _shown(row: StoredSnapshot) -> dict[str, Any]:
    lot = None if row.lot_code is None else {"code": row.lot_code, "expiry": row.expiry or None}
    return {
        "id": row.message_id,
        "source": row.source,
        "organisation": row.organisation,
        "brand": row.brand,
        "sku": row.sku_code,
        "gtin": row.gtin,
        "place": row.place_gln,
        "channel": row.channel,
        "quantity": row.quantity,
        "available": row.available,
        "reserved": row.reserved,
        "lot": lot,
        "at": row.at,
        "received_at": row.received_at,
    }
