"""Tokens and API keys as text: how they look, how a request shows one, what of them is stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from liveledger_api.access.errors import CredentialInAddress, InvalidCredential

SECRET_BYTES = 32
_KEY_ID_BYTES = 8
# The prefix tells people, logs and scanners what it is.
_TOKEN = re.compile(r"llt_([0-9a-f]{64})", re.ASCII)
_KEY = re.compile(r"llk_([0-9a-f]{16})_([0-9a-f]{64})", re.ASCII)
_ANYWHERE = re.compile(rb"ll(?:t|k)_[0-9a-f]{16}", re.IGNORECASE)
_NAMES = frozenset({"token", "access_token", "bearer_token", "id_token", "api_key", "apikey", "authorization"})
_MOST_BYTES = 256


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request showed: the id of a key, or empty for a token; ``digest`` is SHA-256 of the secret (32 bytes)."""

    key_id: str
    digest: bytes


def new_token() -> tuple[str, bytes]:
    """A token that is given out once, and the digest that is kept."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return f"llt_{secret.hex()}", _digest(secret.hex())


def new_key() -> tuple[str, str, bytes]:
    """An API key's id, its text that is given out once, and the digest that is kept."""
    key_id, secret = secrets.token_hex(_KEY_ID_BYTES), secrets.token_hex(SECRET_BYTES)
    return key_id, f"llk_{key_id}_{secret}", _digest(secret)


def shown(headers: Iterable[tuple[bytes, bytes]]) -> Credential | None:
    """The credential in the header ``Authorization: Bearer …``; None without the header.

    Raises InvalidCredential for a header that stands twice (whose is the request?), another scheme, or other text.
    """
    values = [value for name, value in headers if name.lower() == b"authorization"]
    if not values:
        return None
    if len(values) > 1:
        raise InvalidCredential("Authorization stands twice in the request", hint="send it once")
    if len(values[0]) > _MOST_BYTES:
        raise InvalidCredential("Authorization is longer than any token or key of this API")
    scheme, _, text = values[0].decode("latin-1").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidCredential("Authorization is not of the scheme Bearer", hint="Authorization: Bearer TOKEN")
    return parse(text.strip())


def parse(text: str) -> Credential:
    """Reads a token or a key. Raises InvalidCredential, without a word of it."""
    if found := _TOKEN.fullmatch(text):
        return Credential("", _digest(found[1]))
    if found := _KEY.fullmatch(text):
        return Credential(found[1], _digest(found[2]))
    raise InvalidCredential("what stands behind Bearer is no token and no key of this API")


def refuse_in_address(path: bytes, query: bytes, names: Iterable[str]) -> None:
    """Raises CredentialInAddress where a token or key, or a parameter that is called so, stands in the address."""
    if _ANYWHERE.search(path) or _ANYWHERE.search(query) or not _NAMES.isdisjoint(name.lower() for name in names):
        raise CredentialInAddress(
            "a token or key stands in the address",
            hint="addresses are kept in logs: revoke it, and send the next one in the header Authorization",
        )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("ascii")).digest()
