"""The maps that ship read their tables whole: every row is a message that the forms take."""

from __future__ import annotations

import time
from typing import Any

import pytest

from liveledger.messages.bodies import read_body
from liveledger.messages.forms import Form
from liveledger.messages.movements import movement_form
from liveledger.messages.snapshots import snapshot_form
from liveledger_cli.common.message_files import MessageFile, read_file
from liveledger_cli.common.table_options import TableOptions, movement_options, snapshot_options
from liveledger_cli.sku.records import LOT_FIELDS, SKU_FIELDS, read_lots, read_skus
from tests.house.tree import ROOT

MAPS = ROOT / "examples" / "maps"


def messages(file: MessageFile, form: Form[Any]) -> list[Any]:
    """The messages of a file, as the API reads them."""
    return [one for chunk in file.chunks(100) for one in read_body(chunk.body, chunk.media_type, form).messages]


def said(one: Any) -> dict[str, Any]:
    """What a message says but for the fields that all of its file have."""
    return {name: value for name, value in one.document.items() if name not in ("source", "brand", "unit", "line")}


def test_receipts_and_issues_of_a_chinese_erp() -> None:
    options = movement_options(MAPS / "erp_zh" / "movements.toml", None, None, ignore=False)
    found = messages(read_file(str(MAPS / "erp_zh" / "movements.csv"), options), movement_form(time.time(), 100))
    assert [one.row for one in found] == [3, 4, 5, 6, 7, 8]
    assert {(one.document["source"], one.brand, one.unit) for one in found} == {("erp", 1, "EA")}
    assert said(found[0]) == {
        "id": "erp-QTRK20261120001-1",
        "document": "QTRK20261120001",
        "kind": "receive",
        "sku": "HZ-001",
        "lot": "L2611",
        "quantity": 1200,
        "to": "6901234000016",
        "at": "2026-11-20T09:05:00+08:00",
    }
    assert [(one.kind.name, one.sku, one.quantity) for one in found[2:]] == [
        ("RECEIVE", "HZ-004/6", 40),
        ("SELL", "HZ-001", 36),
        ("SELL", "HZ-002", 12),
        ("LOST", "HZ-002", 1),
    ]
    assert found[3].document["reason"] == "直播间 晚场"


def test_goods_and_lots_of_a_chinese_erp() -> None:
    skus = read_file(str(MAPS / "erp_zh" / "skus.csv"), TableOptions(SKU_FIELDS, MAPS / "erp_zh" / "skus.toml"))
    assert [(one.row, one.draft.code, bool(one.draft.gtin)) for one in read_skus(skus)] == [
        (3, "HZ-001", True),
        (4, "HZ-002", True),
        (5, "HZ-004/6", False),
    ]
    lots = read_file(str(MAPS / "erp_zh" / "lots.csv"), TableOptions(LOT_FIELDS, MAPS / "erp_zh" / "lots.toml"))
    assert [(one.draft.sku, one.draft.code, one.draft.expiry) for one in read_lots(lots)] == [
        ("HZ-001", "L2611", 20271119)
    ]


def test_material_documents_say_the_same_goods() -> None:
    options = movement_options(MAPS / "sap_mb51" / "movements.toml", None, None, ignore=False)
    found = messages(read_file(str(MAPS / "sap_mb51" / "mb51.txt"), options), movement_form(time.time(), 100))
    assert [(one.row, one.kind.name, one.sku, one.lot, one.quantity) for one in found] == [
        (2, "RECEIVE", "HZ-001", "L2611", 1200),
        (3, "RECEIVE", "HZ-002", None, 300),
        (4, "SELL", "HZ-001", "L2611", 36),
        (5, "LOST", "HZ-002", None, 1),
    ]
    assert found[0].document["at"] == "2026-11-20T09:05:12+01:00"


def test_the_inventory_of_a_web_shop() -> None:
    stated = ["at=2026-11-21T08:00:00+08:00"]
    options = snapshot_options(MAPS / "web_shop" / "snapshots.toml", None, stated, ignore=False)
    found = messages(read_file(str(MAPS / "web_shop" / "inventory.csv"), options), snapshot_form(time.time(), 100))
    assert [(one.row, one.sku, one.quantity, one.available, one.reserved) for one in found] == [
        (2, "HZ-001", 1164, 1124, 36),
        (4, "HZ-002", 287, 275, 12),
    ]
    assert found[0].message_id == "web-shop-2026-11-21T08:00:00+08:00-HZ-001-Hangzhou%20warehouse"


@pytest.mark.parametrize("folder", sorted(path for path in MAPS.iterdir() if path.is_dir()))
def test_the_read_me_speaks_of_every_layout(folder: Any) -> None:
    assert f"`{folder.name}`" in (MAPS / "README.md").read_text()
