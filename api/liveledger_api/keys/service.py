"""What can be done with API keys: make, list, revoke, know one again."""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from liveledger.domain.errors import LiveLedgerError, NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger_api.access.credentials import Credential, new_key
from liveledger_api.access.errors import ExpiredCredential, InvalidCredential
from liveledger_api.access.principals import Interface, Standing
from liveledger_api.database import Database
from liveledger_api.keys import queries
from liveledger_api.store.credentials import StoredKey

DAY_SECONDS = 86_400
MOST_DAYS = 731
MOST_AN_ORGANISATION = 256
# A use is written down once a minute: a write for each request would wait for the disk.
_NOTED_SECONDS = 60.0
_KEPT_SECONDS = 90 * DAY_SECONDS


class TooManyKeys(LiveLedgerError):
    """The organisation has as many keys as it may."""

    code = "too-many-keys"
    http_status = 409
    exit_code = 1


class ApiKeys:
    """The API keys of a server."""

    def __init__(self, store: Database, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._noted: dict[str, float] = {}
        self._lock = threading.Lock()

    def create(self, owner: Standing, name: str, interfaces: Collection[Interface], days: int) -> dict[str, Any]:
        """Makes a key that acts for ``owner``'s account; the answer is the only place where its text ever stands.

        Raises TooManyKeys.
        """
        key_id, text, digest = new_key()
        now = self._clock()
        row = StoredKey(
            id=key_id,
            name=name,
            digest=digest,
            account=owner.account,
            organisation=owner.organisation,
            interfaces=json.dumps(sorted(interfaces)),
            created_at=now,
            expires_at=now + days * DAY_SECONDS,
            ended_at=None,
            used_at=None,
        )
        with self._store.writing() as session:
            queries.remove_dead(session, now - _KEPT_SECONDS)
            if queries.count(session, owner.organisation) >= MOST_AN_ORGANISATION:
                raise TooManyKeys(
                    f"the organisation has {MOST_AN_ORGANISATION} keys, revoked ones of the last 90 days among them",
                    hint="share fewer keys among more interfaces, or wait",
                )
            queries.add(session, row)
        return {"key": text, **self._shown(row)}

    def listed(self, organisation: int | None, account: bytes | None = None) -> list[dict[str, Any]]:
        """The keys of an organisation (None: of all), or only those that act for ``account``; no secret of any."""
        with self._store.reading() as session:
            rows = queries.of_organisation(session, organisation)
        return [self._shown(row) for row in rows if account in (None, row.account)]

    def revoke(self, key_id: str, organisation: int | None, account: bytes | None = None) -> dict[str, Any]:
        """Ends a key of an organisation (None: of any), or only one that acts for ``account``. Raises NotFound."""
        with self._store.writing() as session:
            found = queries.by_id(session, key_id)
            if found is None or organisation not in (None, found.organisation) or account not in (None, found.account):
                raise NotFound(f"there is no API key {key_id[:40]!r} of yours", hint="`liveledger api keys list`")
            queries.end(session, key_id, self._clock())
        with self._store.reading() as session:
            ended = queries.by_id(session, key_id)
        if ended is None:
            raise NotFound(f"the API key {key_id!r} is gone")
        return self._shown(ended)

    def known(self, shown: Credential) -> StoredKey:
        """The key that was shown. Raises InvalidCredential (unknown, another secret, revoked), ExpiredCredential."""
        with self._store.reading() as session:
            found = queries.by_id(session, shown.key_id)
        if not hmac.compare_digest(found.digest if found else bytes(32), shown.digest) or found is None:
            raise InvalidCredential("no such API key is known here", hint="`liveledger api keys list`")
        if found.ended_at is not None:
            raise InvalidCredential(f"the API key {found.id} was revoked", hint="`liveledger api keys create`")
        now = self._clock()
        if now >= found.expires_at:
            raise ExpiredCredential(f"the API key {found.id} is over", hint="`liveledger api keys create`")
        self._note_use(found.id, now)
        return found

    def _note_use(self, key_id: str, now: float) -> None:
        with self._lock:
            if abs(now - self._noted.get(key_id, 0.0)) < _NOTED_SECONDS:
                return
            self._noted[key_id] = now
        with self._store.writing() as session:
            queries.note_use(session, key_id, now)

    def _shown(self, row: StoredKey) -> dict[str, Any]:
        over = row.ended_at is None and self._clock() >= row.expires_at
        return {
            "id": row.id,
            "name": row.name,
            "account": hex_bytes(row.account),
            "organisation": str(row.organisation),
            "interfaces": json.loads(row.interfaces),
            "state": "revoked" if row.ended_at is not None else "expired" if over else "active",
            "created_at": str(int(row.created_at)),
            "expires_at": str(int(row.expires_at)),
            "revoked_at": None if row.ended_at is None else str(int(row.ended_at)),
            "used_at": None if row.used_at is None else str(int(row.used_at)),
        }


def interfaces_of(row: StoredKey) -> frozenset[Interface]:
    """The interfaces that a stored key was given; names that this release does not have grant nothing."""
    known = {one.value for one in Interface}
    return frozenset(Interface(name) for name in json.loads(row.interfaces) if name in known)
