"""Typed answers about logins."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from liveledger_api.answers import Address, Hash, Seconds, example
from liveledger_api.listing import Decimal, Typed


class Challenge(Typed):
    """What an account signs to log in; `typed_data` is EIP-712, as wallets take it."""

    account: Address
    origin: str
    nonce: Hash
    issued_at: Seconds
    expires_at: Seconds
    typed_data: dict[str, Any]


_TOKEN: dict[str, Any] = {
    "token": "TOKEN",
    "token_type": "Bearer",
    "expires_at": "1796068800",
    "account": "0x" + "5a" * 20,
}
_TOKEN |= {"organisation": "2", "roles": ["report"]}


class Token(Typed):
    """A token: `Authorization: Bearer TOKEN`."""

    model_config = example(**_TOKEN)

    token: str
    token_type: Literal["Bearer"]
    expires_at: Seconds
    account: Address
    organisation: Decimal
    roles: list[str]


class Caller(Typed):
    """Whom the API takes the caller for; of whoever is no member only `kind` and `accounts`. null: all."""

    model_config = example(kind="local", accounts=None)

    kind: str
    accounts: list[str] | None
    account: Address | None = None
    organisation: Decimal | None = None
    roles: list[str] = Field(default_factory=list)
    interfaces: list[str] | None = None
    expires_at: Seconds | None = None


class LoggedOut(Typed):
    """The token is good no more."""

    model_config = example(ended=True)

    ended: Literal[True]
