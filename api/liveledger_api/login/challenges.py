"""Challenges for a login: nothing is stored for who only asks, and each is good once.

The nonce is 16 random bytes and an authentication code over them and all that the challenge says, under a secret of
this process: the server knows its own challenges again without a list, which strangers could fill. What is remembered
are the nonces that members logged in with, until they expire. A restart voids all challenges.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Collection

from liveledger.domain.typed_data import LoginMessage
from liveledger_api.access.errors import LoginRefused, TooManyRequests

LIFE_SECONDS = 120
_RANDOM_BYTES = 16
_CODE_BYTES = 16
# Every account of a large ledger may log in several times within a challenge's life.
_MOST_USED = 65_536


class Challenges:
    """Issues challenges for the ``origins`` of this API, and takes each back once."""

    def __init__(self, origins: Collection[str], clock: Callable[[], float] = time.time) -> None:
        self._origins = frozenset(origins)
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._used: dict[bytes, int] = {}
        self._latest = 0
        self._lock = threading.Lock()

    def issue(self, account: bytes, origin: str) -> LoginMessage:
        """What an account (20 bytes) is to sign. Raises LoginRefused for an origin that is not this API's."""
        self._check_origin(origin)
        now = self._now()
        random = secrets.token_bytes(_RANDOM_BYTES)
        message = LoginMessage(account, origin, random + bytes(_CODE_BYTES), now, now + LIFE_SECONDS)
        return LoginMessage(account, origin, random + self._code(message), now, now + LIFE_SECONDS)

    def check(self, message: LoginMessage) -> None:
        """Whether this is a challenge of ours that is not over. Raises LoginRefused."""
        self._check_origin(message.origin)
        if not hmac.compare_digest(message.nonce[_RANDOM_BYTES:], self._code(message)):
            raise LoginRefused(
                "this server issued no such challenge since it was started", hint="ask for a new one", reason="forged"
            )
        if self._now() > message.expires_at:
            raise LoginRefused(
                f"the challenge was good for {LIFE_SECONDS} s, and is over", hint="ask for a new one", reason="expired"
            )

    def use(self, message: LoginMessage) -> None:
        """Takes a checked challenge of a member out of the world. Raises LoginRefused for one that was used before."""
        now = self._now()
        with self._lock:
            self._used = {nonce: until for nonce, until in self._used.items() if until >= now}
            if message.nonce in self._used:
                raise LoginRefused("this challenge was used before", hint="ask for a new one", reason="replayed")
            if len(self._used) >= _MOST_USED:
                raise TooManyRequests("too many logins at once", retry_after=LIFE_SECONDS)
            self._used[message.nonce] = message.expires_at

    def _check_origin(self, origin: str) -> None:
        if origin not in self._origins:
            raise LoginRefused(
                f"{origin[:120]!r} is no address of this API",
                hint="log in at the address that the API's owner names; the owner: LIVELEDGER_API_ORIGINS",
                reason="origin",
            )

    def _code(self, message: LoginMessage) -> bytes:
        times = message.issued_at.to_bytes(8) + message.expires_at.to_bytes(8)
        told = message.nonce[:_RANDOM_BYTES] + message.account + times + message.origin.encode()
        return hmac.new(self._secret, told, hashlib.sha256).digest()[:_CODE_BYTES]

    def _now(self) -> int:
        """Seconds that never go back: a clock that does would bring used challenges to life again."""
        with self._lock:
            self._latest = max(self._latest, int(self._clock()))
            return self._latest
