"""The table of docs/login.md: who may call each address, out of the API's own description (OpenAPI).

``python -m tests.api.access_table`` writes it into the page.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI

from liveledger_api.access.rules import EXTENSION
from liveledger_api.app import create_app
from liveledger_api.metrics import ApiMetrics
from liveledger_api.settings import ApiSettings
from tests.api.support import open_door
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "login.md"
START, END = "<!-- written by tests/api/access_table.py -->", "<!-- end of the table -->"
_HEAD = "| address | who | API key of | what of it |\n|---|---|---|---|\n"


def application() -> FastAPI:
    """The API without anything behind it."""
    settings = ApiSettings()
    parts: Any = SimpleNamespace(settings=settings, metrics=ApiMetrics(), door=open_door(settings.home()))
    return create_app(parts)


def description() -> dict[str, Any]:
    """The API's description."""
    return application().openapi()


def table(schema: dict[str, Any]) -> str:
    """Its table, by address."""
    listed = sorted((path, method) for path, methods in schema["paths"].items() for method in methods)
    return _HEAD + "".join(_row(path, method, schema["paths"][path][method][EXTENSION]) for path, method in listed)


def in_page(page: Path = PAGE) -> str:
    """What stands in the page between the marks."""
    return page.read_text().partition(START + "\n")[2].partition(END)[0]


def _row(path: str, method: str, rule: dict[str, Any]) -> str:
    roles = f"role {' or '.join(rule['roles'])}" if "roles" in rule else ""
    key = {"any": "any interface", None: "none"}.get(rule["interface"], rule["interface"])
    what = "; ".join(word for word in (roles, rule.get("sees", "")) if word)
    return f"| `{method.upper()} {path}` | {rule['who']} | {key} | {what} |\n"


def write(page: Path = PAGE) -> None:
    """Puts the table into the page."""
    before, _, rest = page.read_text().partition(START + "\n")
    _, _, after = rest.partition(END)
    page.write_text(before + START + "\n" + table(description()) + END + after)


if __name__ == "__main__":
    write()
