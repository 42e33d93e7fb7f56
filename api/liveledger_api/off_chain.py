"""What this member keeps beside the ledger, in the form in which the prover asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from liveledger_api.access.principals import Principal
from liveledger_api.database import Database
from liveledger_api.provenance import queries as event_queries
from liveledger_api.readings import queries as reading_queries
from liveledger_api.store.schema import StoredEvent


class StoredOffChain:
    """Documents and readings of the owned store; ``may_read`` says which documents a caller has a part in.

    ``shown_members`` are the members of an event that others are shown, none where it is None.
    """

    def __init__(
        self,
        store: Database,
        may_read: Callable[[Principal, StoredEvent], bool],
        shown_members: frozenset[str] | None = None,
    ) -> None:
        self._store = store
        self._may_read = may_read
        self._shown_members = shown_members

    def as_read_by(self, who: Principal) -> _ReadBy:
        """The same for one caller: what it may not read looks to it as if it were not kept here."""
        return _ReadBy(self, who)

    def document(self, event_hash: bytes, who: Principal) -> tuple[bytes, dict[str, Any]] | None:
        """Salt and EPCIS event of an anchored hash; None when it is not here, or not for this caller."""
        found = self.disclosed(event_hash, who)
        return None if found is None or found[2] is not None else found[:2]

    def disclosed(
        self, event_hash: bytes, who: Principal
    ) -> tuple[bytes, dict[str, Any], frozenset[str] | None] | None:
        """The same with the members that this caller is shown: None where it has a part in the event."""
        with self._store.reading() as session:
            found = event_queries.with_hash(session, event_hash)
        if found is None:
            return None
        shown = None if self._may_read(who, found) else self._shown_members or frozenset()
        if shown is not None and not shown:
            return None
        return found.salt, json.loads(found.document), shown

    def readings(self, readings_root: bytes) -> Sequence[tuple[int, int]] | None:
        """All readings below a reported root; None when this member does not hold them."""
        with self._store.reading() as session:
            found = reading_queries.below(session, readings_root)
            return None if found is None else [(at, milli) for at, milli in json.loads(found.readings)]


class _ReadBy:
    """Implements the prover's ``OffChain`` for one caller."""

    def __init__(self, stored: StoredOffChain, who: Principal) -> None:
        self._stored = stored
        self._who = who

    def document(self, event_hash: bytes) -> tuple[bytes, dict[str, Any]] | None:
        """Salt and EPCIS event of an anchored hash; None when it is not here, or not for this caller."""
        return self._stored.document(event_hash, self._who)

    def disclosed(self, event_hash: bytes) -> tuple[bytes, dict[str, Any], frozenset[str] | None] | None:
        """The same with the members that this caller is shown, None for all."""
        return self._stored.disclosed(event_hash, self._who)

    def readings(self, readings_root: bytes) -> Sequence[tuple[int, int]] | None:
        """All readings below a reported root; None when this member does not hold them."""
        return self._stored.readings(readings_root)
