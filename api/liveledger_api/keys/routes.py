"""POST /keys, GET /keys and DELETE /keys/{key_id}."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response

from liveledger.bindings.constants import Role
from liveledger.domain.errors import InvalidInput
from liveledger.messages import json_body
from liveledger.messages.checks import Check, Findings, array, matching, record
from liveledger_api.access.errors import NotLoggedIn
from liveledger_api.access.principals import Interface, Principal, Standing
from liveledger_api.keys.schemas import Key, Keys, NewKey
from liveledger_api.keys.service import MOST_DAYS
from liveledger_api.requests import Body, PartsOf, Who, body_schema, json_only

router = APIRouter(prefix="/keys", tags=["Keys"])
_NAMES = [one.value for one in Interface]


def _days(value: Any, findings: Findings) -> None:
    if type(value) is not int or not 1 <= value <= MOST_DAYS:
        findings.add(f"is no whole number of days from 1 to {MOST_DAYS}")


_FIELDS: dict[str, Check] = {
    "name": matching(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}", "name of at most 64 letters, digits, spaces and . _ / -"),
    "interfaces": array(matching("|".join(_NAMES), "interface of the API"), least=1, unique=True),
    "days": _days,
}
_FORM = record(_FIELDS, required=tuple(_FIELDS))
_BODY = body_schema(
    "application/json",
    description=f"`name`, `days` (at most {MOST_DAYS}) and `interfaces`, some of {', '.join(_NAMES)}",
)


@router.post("", status_code=201, dependencies=[Depends(json_only)], openapi_extra=_BODY, response_model=NewKey)
def create(parts: PartsOf, body: Body, who: Who, response: Response) -> dict[str, Any]:
    """Makes an API key that acts for the caller's account, at some interfaces, for some days. It is shown this once."""
    keys, owner = parts.door.login.keys, _owner(who)
    value, findings = json_body.parse(body), Findings()
    _FORM(value, findings)
    if findings.found:
        first = findings.found[0]
        raise InvalidInput(f"{first.path}: {first.message}", path=first.path)
    interfaces = [Interface(name) for name in value["interfaces"]]
    response.headers["Cache-Control"] = "no-store"
    return keys.create(owner, value["name"], interfaces, value["days"])


@router.get("", response_model=Keys)
def listed(parts: PartsOf, who: Who) -> dict[str, Any]:
    """The caller's API keys with their last use (to the minute); a security administrator's: its organisation's."""
    keys, owner = parts.door.login.keys, _owner(who)
    return {"keys": keys.listed(owner.organisation, _only(owner))}


@router.delete("/{key_id:code}", response_model=Key)
def revoke(parts: PartsOf, key_id: str, who: Who) -> dict[str, Any]:
    """Ends an API key now: the caller's own, or for a security administrator any of its organisation."""
    keys, owner = parts.door.login.keys, _owner(who)
    return keys.revoke(key_id, owner.organisation, _only(owner))


def _owner(who: Principal) -> Standing:
    if who.standing is None:
        raise NotLoggedIn
    return who.standing


def _only(owner: Standing) -> bytes | None:
    """Whose keys an account may see and end: its own, or all of its organisation (None)."""
    return None if Role.SECURITY_ADMIN in owner.roles else owner.account
