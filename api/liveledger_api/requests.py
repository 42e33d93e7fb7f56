"""What routes read from a request, and how they reach the parts."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request
from pydantic import AfterValidator

from liveledger.domain import gs1, times
from liveledger.domain.errors import InvalidInput
from liveledger.messages.media import JSON_TYPES, UnsupportedMediaType
from liveledger_api import paths as _converters  # noqa: F401 -- registers the converters that routes name
from liveledger_api.access.principals import Principal
from liveledger_api.parts import Parts
from liveledger_api.verified import Wanted, wanted

_LABEL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_HEX = re.compile(r"0x[0-9a-f]+")


def parts_of(request: Request) -> Parts:
    """The parts that the application was built with."""
    parts: Parts = request.app.state.parts
    return parts


def principal_of(request: Request) -> Principal:
    """Who calls, as the door found out."""
    who: Principal = request.state.principal
    return who


def account_of(
    request: Request,
    who: Annotated[Principal, Depends(principal_of)],
    account: Annotated[str | None, Query(description="Label of the key of this home that signs the submission")] = None,
) -> str:
    """Label of the account to act with: see `Door.label_for`. Raises InvalidInput, ForeignAccount."""
    parts = parts_of(request)
    if account and not _LABEL.fullmatch(account):
        raise InvalidInput(f"{account[:64]!r} is no label of an account", parameter="account")
    return parts.door.label_for(who, account, parts.settings.account)


def media_type(content_type: Annotated[str | None, Header()] = None) -> str:
    """The body's media type without parameters. Raises UnsupportedMediaType when none is named."""
    if content_type is None:
        raise UnsupportedMediaType("there is no Content-Type", hint="name it, like Content-Type: application/json")
    return content_type.split(";")[0].strip().lower()


def charset(content_type: Annotated[str | None, Header()] = None) -> str | None:
    """The encoding that the body's media type names (RFC 9110, section 8.3.1); None where it names none."""
    for parameter in (content_type or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"')
    return None


def json_only(kind: Annotated[str, Depends(media_type)]) -> None:
    """Refuses bodies that are no JSON. Raises UnsupportedMediaType."""
    if kind not in JSON_TYPES:
        raise UnsupportedMediaType(f"{kind} is not read here", hint="send application/json or application/ld+json")


async def body_of(request: Request) -> bytes:
    """The whole body; its size was bounded before."""
    return await request.body()


def gln_of(place: str) -> int:
    """The GLN in an address. Raises InvalidInput when its check digit is wrong."""
    return gs1.gln(place)


def hex_of(text: str, size: int, what: str) -> bytes:
    """``size`` bytes of ``0x`` and lower-case hex in an address. Raises InvalidInput."""
    if not _HEX.fullmatch(text) or len(text) != 2 + 2 * size:
        raise InvalidInput(f"{text[:80]!r} is no {what}", hint=f"0x and {2 * size} lower-case hex digits")
    return bytes.fromhex(text[2:])


def page_of(
    first: Annotated[int | None, Query(ge=0, lt=1 << 62, description="First entry; without a page: all")] = None,
    limit: Annotated[int | None, Query(ge=1, le=10_000, description="Most entries, 100 beside `first`")] = None,
) -> dict[str, str]:
    """The parameters of a page in a question; none where no page is asked for."""
    if first is None and limit is None:
        return {}
    return {"first": str(first or 0), "limit": str(limit or 100)}


Seconds = Annotated[int, AfterValidator(times.seconds)]
"""A time in a query; what is no time in Unix seconds is refused by the name of its unit."""
Brand = Annotated[int, Path(ge=1, le=4095, description="Organisation number of the brand")]
PartsOf = Annotated[Parts, Depends(parts_of)]
Who = Annotated[Principal, Depends(principal_of)]
AccountOf = Annotated[str, Depends(account_of)]
Body = Annotated[bytes, Depends(body_of)]
MediaType = Annotated[str, Depends(media_type)]
PageOf = Annotated[dict[str, str], Depends(page_of)]
Charset = Annotated[str | None, Depends(charset)]
Want = Annotated[Wanted, Depends(wanted)]


def body_schema(*media_types: str, description: str) -> dict[str, Any]:
    """What the API's description says of a body that a route reads itself."""
    shape = {"text/csv": "string"}
    content = {kind: {"schema": {"type": shape.get(kind, ["object", "array"])}} for kind in media_types}
    return {"requestBody": {"required": True, "description": description, "content": content}}
