"""Tokens: given out at a login, known again by their digest, ended by a logout or by time."""

from __future__ import annotations

import time
from collections.abc import Callable

from liveledger_api.access.credentials import new_token
from liveledger_api.access.errors import LOG_IN, ExpiredCredential, InvalidCredential
from liveledger_api.database import Database
from liveledger_api.login import queries
from liveledger_api.store.credentials import StoredToken

# So many logins of one account stand side by side; the oldest ends with the next.
MOST_A_MEMBER = 16
# How long one that is over is told from one that never was.
_REMEMBERED_SECONDS = 86_400


class Tokens:
    """The tokens of an API, each good for ``seconds``."""

    def __init__(self, store: Database, seconds: int, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._seconds = seconds
        self._clock = clock

    def give(self, account: bytes) -> tuple[str, int]:
        """A new token for an account (20 bytes), and when it ends (Unix seconds). The text is not kept."""
        text, digest = new_token()
        now = self._clock()
        row = StoredToken(digest=digest, account=account, created_at=now, expires_at=now + self._seconds)
        with self._store.writing() as session:
            queries.remove_expired(session, now - _REMEMBERED_SECONDS)
            queries.add(session, row, most=MOST_A_MEMBER)
        return text, int(row.expires_at)

    def account(self, digest: bytes) -> bytes:
        """Whose token it is. Raises InvalidCredential, ExpiredCredential."""
        return self._find(digest).account

    def expires_at(self, digest: bytes) -> int:
        """When it ends (Unix seconds). Raises InvalidCredential, ExpiredCredential."""
        return int(self._find(digest).expires_at)

    def end(self, digest: bytes) -> None:
        """Ends a token now."""
        with self._store.writing() as session:
            queries.remove(session, digest)

    def _find(self, digest: bytes) -> StoredToken:
        with self._store.reading() as session:
            found = queries.by_digest(session, digest)
        if found is None:
            raise InvalidCredential("the token is unknown here, or was ended", hint=LOG_IN)
        if self._clock() >= found.expires_at:
            raise ExpiredCredential("the token is over", hint=LOG_IN)
        return found
