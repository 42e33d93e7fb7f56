"""Lists of organisations, brands, locations, SKUs, lots and stock, as the API gives them: typed, paged, bounded."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from liveledger.index import families
from liveledger.index.database import sqlite_engine
from liveledger.prover.stored_index import StoredIndex
from liveledger_api.listing import MAX_LIMIT
from tests.api.access_table import description
from tests.api.support import World
from tests.index.goods_tables import (
    CODES,
    CUPS,
    GTIN,
    HEIGHT,
    HERE,
    HERE_GLN,
    OPERATOR,
    OPERATOR_GLN,
    SKUS,
    TEA,
    TEA_GLN,
    THERE_GLN,
    fill,
)

LISTS = {
    "/organisations": 3,
    "/brands": 2,
    "/locations": 2,
    f"/brands/{TEA}/skus": len(SKUS),
    f"/brands/{TEA}/stock": 3,
    f"/skus?gtin={GTIN}": 2,
    "/lots?code=L1": 2,
    f"/skus/{TEA}/TEA-1/lots": 2,
    f"/skus/{TEA}/TEA-1/stock": 2,
    f"/locations/{HERE_GLN}/stock": 3,
}


@pytest.fixture
def client(world: World, tmp_path: Path) -> TestClient:
    """The application over an index of two brands, two locations, and some goods."""
    engine = sqlite_engine(tmp_path / "index.db")
    fill(engine)
    parts = cast(SimpleNamespace, world.parts)
    parts.stored_index, parts.follower = StoredIndex(engine), SimpleNamespace(height=HEIGHT)
    return world.client


def get(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    """A good answer."""
    answer = client.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_pages_of_one_entry_give_what_one_page_gives(client: TestClient) -> None:
    for path in LISTS:
        check_pages(client, path)


def check_pages(client: TestClient, path: str) -> None:
    """The list at a path, in one page and entry by entry."""
    whole = get(client, path)
    assert (whole["block"], whole["proof"], whole["answer"]["next"]) == ({"height": str(HEIGHT)}, None, None)
    assert len(whole["answer"]["entries"]) == LISTS[path]
    found, after = [], None
    glue = "&" if "?" in path else "?"
    while True:
        page = get(client, f"{path}{glue}limit=1" + (f"&after={after}" if after else ""))["answer"]
        found += page["entries"]
        after = page["next"]
        if after is None:
            break
    assert found == whole["answer"]["entries"]


JUNK = (
    *("limit=0", f"limit={MAX_LIMIT + 1}", "limit=many", "at_least=-1"),
    *("after=", "after=x", "after=-1", "after=1-2-3-4", "after=99999999999", "after=4294967295-65536-1"),
    *("after=%D9%A3", "after=1%0A"),
)


def test_junk_is_refused_by_name(client: TestClient) -> None:
    for path, query in itertools.product(LISTS, JUNK):
        answer = client.get(path + ("&" if "?" in path else "?") + query)
        assert answer.status_code == 400, (path, query, answer.text)
        assert query.split("=")[0] in answer.text


def test_a_cursor_of_another_list_is_refused(client: TestClient) -> None:
    for path in ("/organisations", f"/brands/{TEA}/skus", f"/locations/{HERE_GLN}/stock", f"/brands/{TEA}/stock"):
        assert client.get(path, params={"after": "1-1-1" if not path.endswith("stock") else "1"}).status_code == 400
    assert client.get(f"/brands/{TEA}/skus", params={"after": str(CUPS << 20 | 1)}).json()["parameter"] == "after"


def test_an_index_that_is_behind_says_so(client: TestClient) -> None:
    answer = client.get("/brands", params={"at_least": HEIGHT + 1})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert get(client, "/brands", at_least=HEIGHT)["answer"]["entries"]


def test_a_part_of_a_family_is_no_answer(client: TestClient) -> None:
    parts = cast(SimpleNamespace, client.app.state.parts)  # type: ignore[attr-defined]
    with parts.stored_index._engine.begin() as connection:
        families.advance(connection, ["stock"], HEIGHT, HEIGHT - 1)
    for path in LISTS:
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"], answer.json()["family"]) == (503, "index-filling", "stock")
        assert answer.headers["retry-after"] == "2"


def test_organisations_and_brands(client: TestClient) -> None:
    listed = get(client, "/organisations", kind="brand", status="suspended")["answer"]["entries"]
    assert listed == [get(client, f"/organisations/{CUPS}")["answer"]]
    assert get(client, "/organisations", gln=str(OPERATOR_GLN))["answer"]["entries"][0]["number"] == str(OPERATOR)
    brand = get(client, f"/brands/{TEA}")["answer"]
    assert brand == {
        "number": str(TEA),
        "kind": "brand",
        "status": "active",
        "gln": str(TEA_GLN),
        "name_commitment": "0x" + "00" * 32,
        "block": "2",
        "skus": str(len(SKUS)),
    }
    assert client.get(f"/brands/{OPERATOR}").status_code == 404
    assert client.get(f"/brands/{OPERATOR}/skus").status_code == 404
    assert client.get(f"/brands/{OPERATOR}/stock").status_code == 404
    assert client.get("/organisations/77").status_code == 404
    assert client.get("/organisations", params={"kind": "shop"}).status_code == 400
    assert client.get("/organisations", params={"gln": "69x"}).status_code == 400


def test_locations(client: TestClient) -> None:
    one = get(client, f"/locations/{HERE_GLN}")["answer"]
    assert (one["number"], one["operator"], one["operator_gln"]) == (str(HERE), str(OPERATOR), str(OPERATOR_GLN))
    assert get(client, "/locations", operator=OPERATOR, gln=str(HERE_GLN)[:12])["answer"]["entries"] == [one]
    assert get(client, "/locations", operator=TEA)["answer"] == {"entries": [], "next": None}
    assert client.get("/locations/6901234000016").status_code == 404
    assert client.get("/locations/6901234000017/stock").status_code == 400


def test_a_sku_is_found_by_its_code_and_its_units_come_from_its_counters(client: TestClient) -> None:
    listed = get(client, f"/brands/{TEA}/skus", code="TEA-")["answer"]["entries"]
    assert [entry["code"] for entry in listed] == ["TEA-1", "TEA-2", "TEA-\u8336", "TEA-\\xff"]
    shown = get(client, f"/skus/{TEA}/TEA-1")["answer"]
    assert (shown["gtin"], shown["unit"], shown["lots"], shown["units"]) == (f"{GTIN:014}", "EA", "2", "12")
    cells = get(client, f"/skus/{TEA}/TEA-1/stock")["answer"]["entries"]
    assert sum(int(cell["available"]) for cell in cells) == int(shown["units"])
    assert [(cell["lot_code"], cell["location"]) for cell in cells] == [("", str(HERE_GLN)), ("L2", str(THERE_GLN))]
    assert [cell["expiry"] for cell in cells] == [None, "2027-11-30"]
    assert client.get(f"/skus/{TEA}/none").status_code == 404
    assert client.get(f"/skus/{TEA}/none/stock").status_code == 404
    assert client.get(f"/skus/{TEA}/none/lots").status_code == 404
    assert client.get("/skus", params={"gtin": "6901234567893"}).status_code == 400
    assert client.get("/skus").status_code == 400
    assert get(client, "/skus", gtin="00000000")["answer"]["entries"] == []


def test_whatever_bytes_a_brand_wrote_arrive_as_text(client: TestClient) -> None:
    codes = {entry["code"] for entry in get(client, f"/brands/{TEA}/skus")["answer"]["entries"]}
    assert codes == {code.decode("utf-8", "backslashreplace") for code in CODES}


def test_lists_that_were_there_before_are_typed_too(client: TestClient) -> None:
    lots = get(client, f"/stock/{TEA}/TEA-1/lots")["lots"]
    assert lots[0] == {"lot": "1", "code": "L2", "expiry": "2027-11-30", "block": "2"}
    late = get(client, f"/stock/{TEA}/TEA-1/{HERE_GLN}/in-transit")
    assert (late["answer"]["in_transit_long"], late["block"], late["proof"]) == ([], {"height": str(HEIGHT)}, None)
    assert get(client, f"/places/{HERE_GLN}/movements")["answer"] == {"movements": [], "next": None}
    assert get(client, "/returns", brand=TEA)["answer"] == {"entries": [], "next": None}
    schemas = description()["components"]["schemas"]
    assert {"from", "to"} <= schemas["PlaceMovement"]["properties"].keys()


def test_every_answer_is_typed_with_an_example_and_every_operation_has_a_name() -> None:
    schema = description()
    names = [one["operationId"] for methods in schema["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert {"stock_movements", "organisations_brands", "locations_stock_of_location"} <= set(names)
    schemas = schema["components"]["schemas"]
    for path in ("/organisations", "/brands", "/brands/{brand}/stock", "/locations/{location}", "/skus", "/lots"):
        content = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = schemas[content["$ref"].rpartition("/")[2]]
        assert answer["required"] == ["answer", "block"]
    for name in ("Organisation", "Brand", "Location", "Sku", "SkuTotals", "Lot", "StockCell"):
        (example,) = schemas[name]["examples"]
        assert example.keys() == schemas[name]["properties"].keys()
        assert schemas[name]["additionalProperties"] is False
