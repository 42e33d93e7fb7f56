"""Typed answers about API keys."""

from __future__ import annotations

from typing import Any, Literal

from liveledger_api.answers import Address, Seconds, example
from liveledger_api.listing import Decimal, Typed

_KEY: dict[str, Any] = {
    "id": "k1",
    "name": "erp",
    "account": "0x" + "5a" * 20,
    "organisation": "2",
    "interfaces": ["movements"],
}
_KEY |= {"state": "active", "created_at": "1796040000", "expires_at": "1798632000", "revoked_at": None, "used_at": None}


class Key(Typed):
    """An API key without its secret; times in Unix seconds."""

    model_config = example(**_KEY)

    id: str
    name: str
    account: Address
    organisation: Decimal
    interfaces: list[str]
    state: Literal["active", "expired", "revoked"]
    created_at: Seconds
    expires_at: Seconds
    revoked_at: Seconds | None
    used_at: Seconds | None


class Secret(Typed):
    """What is shown once."""

    key: str


class NewKey(Key, Secret):
    """A key that was made: its `key` is shown this once."""

    model_config = example(key="llk_k1_secret", **_KEY)


class Keys(Typed):
    """API keys."""

    keys: list[Key]
