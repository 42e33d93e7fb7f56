"""GET /schemas and one schema."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from liveledger_api import paths as _converters  # noqa: F401 -- registers the converters that routes name
from liveledger_api.schemas.files import PUBLISHED, schema, schema_text
from liveledger_api.schemas.schemas import Schemas

MEDIA_TYPE = "application/schema+json"
router = APIRouter(prefix="/schemas", tags=["Schemas"])


@router.get("", response_model=Schemas)
def schemas() -> dict[str, Any]:
    """Schemas of the messages that this API takes."""
    listed = [
        {
            "name": name,
            "version": version,
            "path": f"/schemas/{name}/{version}",
            "title": schema(name, version)["title"],
        }
        for name, version in PUBLISHED
    ]
    return {"schemas": listed}


@router.get(
    "/{name:code}/{version}",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}},
)
def one(name: str, version: Annotated[int, Path(ge=1, lt=1 << 31)]) -> Response:
    """One schema (JSON Schema 2020-12)."""
    return Response(schema_text(name, version), media_type=MEDIA_TYPE)
