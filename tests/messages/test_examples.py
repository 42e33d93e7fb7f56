"""The examples and the page on messages say what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.units import UNITS
from liveledger.messages.bodies import read_body
from liveledger.messages.forms import Form
from liveledger.messages.movements import movement_form
from liveledger.messages.snapshots import snapshot_form
from liveledger_api.schemas.files import schema
from liveledger_api.settings import MEBIBYTE, ApiSettings
from liveledger_oracles.gateways.mqtt.settings import read_settings
from tests.house.tree import ROOT
from tests.messages import cases as c

EXAMPLES, PAGE = ROOT / "examples" / "messages", ROOT / "docs" / "messages.md"
FORMS: dict[str, Form[Any]] = {"movements": movement_form(c.NOW, 100), "snapshots": snapshot_form(c.NOW, 100)}
ROW = re.compile(r"^\| `(\w+)` \|(.*)\|$", re.MULTILINE)


@pytest.mark.parametrize("name", list(FORMS))
def test_both_forms_of_an_example_hold_the_same_messages(name: str) -> None:
    ndjson = read_body((EXAMPLES / f"{name}.ndjson").read_bytes(), "application/x-ndjson", FORMS[name]).messages
    table = read_body((EXAMPLES / f"{name}.csv").read_bytes(), "text/csv", FORMS[name]).messages
    assert len(ndjson) >= 3
    assert [one.document for one in table] == [one.document for one in ndjson]
    assert "simulated" in (EXAMPLES / "README.md").read_text()


@pytest.mark.parametrize(
    ("title", "name", "version"), [("Movement", "movement", 4), ("Stock snapshot", "stock-snapshot", 1)]
)
def test_the_page_has_a_row_for_every_field(title: str, name: str, version: int) -> None:
    section = PAGE.read_text().split(f"\n## {title}, version {version}\n")[1].split("\n## ")[0]
    rows = dict(ROW.findall(section))
    properties = schema(name, version)["properties"]
    assert list(rows) == list(properties)
    if name == "movement":
        mandatory = {field for field, rest in rows.items() if rest.strip().startswith("yes")}
        assert mandatory == set(schema(name, version)["required"])


def test_the_page_has_the_units_and_limits_of_the_code() -> None:
    text, settings = PAGE.read_text(), ApiSettings()
    assert re.findall(r"(\d+)\s+`([A-Z]{2,3})`", text) == [(str(code), name) for name, code in UNITS.items()]
    limits = f"{settings.max_body_bytes // MEBIBYTE} MiB a body, {settings.max_movements:,} movements or"
    assert f"{limits} {settings.max_snapshots:,} snapshots a request" in text


def test_the_example_of_the_white_list_is_read(tmp_path: Path) -> None:
    (tmp_path / "erp.toml").write_bytes((ROOT / "deploy" / "mosquitto" / "erp.toml").read_bytes())
    (tmp_path / "bridge.key").touch(0o600)
    settings = read_settings(tmp_path / "erp.toml")
    assert [one.name for one in settings.interface] == ["wms-7", "till"]
    assert settings.limits == type(settings.limits)()
