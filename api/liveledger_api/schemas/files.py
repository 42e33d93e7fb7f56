"""The published schemas, read from the package once."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from liveledger.domain.errors import NotFound

# A published version is never edited: a message's new form is a new version beside it.
PUBLISHED = (("movement", 2), ("movement", 3), ("movement", 4), ("stock-snapshot", 1))


@cache
def schema_text(name: str, version: int) -> str:
    """A schema as it is served. Raises NotFound for a name or version that was not published."""
    if (name, version) not in PUBLISHED:
        raise NotFound(f"there is no schema {name[:64]!r} version {version}", hint="GET /schemas lists them")
    return files("liveledger_api.schemas").joinpath(f"{name}.{version}.json").read_text(encoding="utf-8")


def schema(name: str, version: int) -> dict[str, Any]:
    """The schema as an object of its own. Raises NotFound."""
    found: dict[str, Any] = json.loads(schema_text(name, version))
    return found
