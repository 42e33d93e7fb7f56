"""POST /login/challenge, POST /login, GET /login and POST /logout."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response

from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.typed_data import LoginMessage, as_json, digest, signer
from liveledger.messages import json_body
from liveledger.messages.checks import Check, Findings, matching, record
from liveledger_api.access.door import Login
from liveledger_api.access.errors import LoginRefused
from liveledger_api.access.principals import Kind, Principal, Standing
from liveledger_api.access.rules import role_names
from liveledger_api.login.schemas import Caller, Challenge, LoggedOut, Token
from liveledger_api.requests import Body, PartsOf, Who, body_schema, json_only

router = APIRouter(tags=["Login"])

_ACCOUNT = matching("0x[0-9a-f]{40}", "account: 0x and 40 lower-case hex digits")
_ORIGIN = matching(r"https?://[A-Za-z0-9.:\[\]-]{1,255}", "origin, like https://ledger.example.org")
_SECONDS = matching("[0-9]{1,18}", "time: Unix seconds, as text")
_ASKED = {"account": _ACCOUNT, "origin": _ORIGIN}
_SIGNED = {
    **_ASKED,
    "nonce": matching("0x[0-9a-f]{64}", "nonce of 32 bytes"),
    "issued_at": _SECONDS,
    "expires_at": _SECONDS,
    "signature": matching("0x[0-9a-f]{130}", "signature of 65 bytes"),
}
_ASK_BODY = body_schema("application/json", description="`account` and `origin`: this API's address as you know it")
_LOGIN_BODY = body_schema("application/json", description=f"The challenge with its signature: {', '.join(_SIGNED)}")


@router.post("/login/challenge", dependencies=[Depends(json_only)], openapi_extra=_ASK_BODY, response_model=Challenge)
def challenge(parts: PartsOf, body: Body, response: Response) -> dict[str, Any]:
    """What an account is to sign within two minutes to log in: typed data (EIP-712), as wallets take it."""
    login, asked = parts.door.login, _read(body, _ASKED)
    message = login.challenges.issue(bytes.fromhex(asked["account"][2:]), asked["origin"])
    response.headers["Cache-Control"] = "no-store"
    return {
        "account": hex_bytes(message.account),
        "origin": message.origin,
        "nonce": hex_bytes(message.nonce),
        "issued_at": str(message.issued_at),
        "expires_at": str(message.expires_at),
        "typed_data": as_json(message, chain_id=login.chain_id, contract=CONSORTIUM_ADDRESS),
    }


@router.post(
    "/login", status_code=201, dependencies=[Depends(json_only)], openapi_extra=_LOGIN_BODY, response_model=Token
)
def log_in(parts: PartsOf, body: Body, response: Response) -> dict[str, Any]:
    """A token for a challenge that an account signed: `Authorization: Bearer TOKEN`. A challenge is good once."""
    login, given = parts.door.login, _read(body, _SIGNED)
    standing = _signed(login, given)
    token, expires_at = login.tokens.give(standing.account)
    response.headers["Cache-Control"] = "no-store"
    return {"token": token, "token_type": "Bearer", "expires_at": str(expires_at), **_told(standing)}


@router.get("/login", response_model=Caller, response_model_exclude_unset=True)
def who_am_i(parts: PartsOf, who: Who) -> dict[str, Any]:
    """Whom the API takes the caller for, what it may, and the labels of the accounts that it may act with."""
    shown: dict[str, Any] = {"kind": who.kind.value, "accounts": parts.door.parties.labels_of(who)}
    if who.standing is None:
        return shown
    interfaces = None if who.interfaces is None else sorted(who.interfaces)
    return {**shown, **_told(who.standing), "interfaces": interfaces, "expires_at": _expiry(parts.door.login, who)}


@router.post("/logout", response_model=LoggedOut)
def log_out(parts: PartsOf, who: Who) -> dict[str, Any]:
    """Ends the token that the request shows."""
    parts.door.login.tokens.end(bytes.fromhex(who.credential))
    return {"ended": True}


def _read(body: bytes, fields: dict[str, Check]) -> dict[str, str]:
    """The members of a body, all of them text. Raises MalformedJson, InvalidInput."""
    value, findings = json_body.parse(body), Findings()
    record(fields, required=tuple(fields))(value, findings)
    if findings.found:
        first = findings.found[0]
        raise InvalidInput(f"{first.path}: {first.message}", path=first.path)
    return dict(value)


def _signed(login: Login, given: dict[str, str]) -> Standing:
    """The member that signed a challenge of ours, which is used up by it. Raises LoginRefused, NotAMember."""
    account, nonce, signature = (bytes.fromhex(given[name][2:]) for name in ("account", "nonce", "signature"))
    message = LoginMessage(account, given["origin"], nonce, int(given["issued_at"]), int(given["expires_at"]))
    # What costs least comes first: strangers are turned away before a curve is computed or the node asked.
    login.challenges.check(message)
    signed = digest(message, chain_id=login.chain_id, contract=CONSORTIUM_ADDRESS)
    if signer(signed, signature) != account:
        raise LoginRefused("the signature is not the account's, over this challenge on this ledger", reason="signature")
    standing = login.rights(account)
    login.challenges.use(message)
    return standing


def _told(standing: Standing) -> dict[str, Any]:
    return {
        "account": hex_bytes(standing.account),
        "organisation": str(standing.organisation),
        "roles": role_names(standing.roles),
    }


def _expiry(login: Login, who: Principal) -> str | None:
    return str(login.tokens.expires_at(bytes.fromhex(who.credential))) if who.kind is Kind.MEMBER else None
