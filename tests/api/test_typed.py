"""Every route says what it answers: a name of its own, a type for each good answer, the statuses of its refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from liveledger_api.app import ROUTERS
from liveledger_api.listing import Block, Typed
from tests.api.access_table import description
from tests.api.typed import in_order, retold
from tests.house.tree import ROOT

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
OPERATIONS = [
    (f"{method.upper()} {path}", one)
    for path, all_of in description()["paths"].items()
    for method, one in all_of.items()
]
JSON = "application/json"
VECTORS = ROOT / "tests/proofs/vectors"


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [one["operationId"] for _, one in OPERATIONS]
    assert len(set(names)) == len(names) > 50


@pytest.mark.parametrize(("name", "one"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_its_good_answers_are_typed_and_its_refusals_are_told(name: str, one: dict[str, Any]) -> None:
    good = [found for status, found in one["responses"].items() if status.startswith("2")]
    assert good
    for found in good:
        assert found["content"], name
        if JSON in found["content"]:
            assert _is_typed(found["content"][JSON]["schema"]), name
    assert {"400", "401", "429", "500", "503"} <= one["responses"].keys()
    assert all(found["description"] for found in one["responses"].values())


def _is_typed(schema: dict[str, Any]) -> bool:
    if "anyOf" in schema:
        return all(map(_is_typed, schema["anyOf"]))
    return "$ref" in (schema["items"] if schema.get("type") == "array" else schema)


def _types(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for found in model.__subclasses__():
        yield found
        yield from _types(found)


EXAMPLES = [
    (found, one)
    for found in _types(Typed)
    for one in (found.model_config.get("json_schema_extra") or {}).get("examples", ())  # type: ignore[union-attr]
]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 35


@pytest.mark.parametrize(("model", "one"), EXAMPLES, ids=[found.__name__ for found, _ in EXAMPLES])
def test_an_example_is_told_as_it_stands(model: type[BaseModel], one: dict[str, Any]) -> None:
    assert retold(model, one) == json.dumps(one, sort_keys=True)


def test_what_is_unknown_is_no_member_of_an_answer() -> None:
    assert in_order(Block, {"height": "7"}) == '{"height": "7"}'
    for wrong in ({"height": "7", "more": 1}, {"height": 7}, {}, {"height": "seven"}):
        with pytest.raises(ValueError, match=r"height|more"):
            TypeAdapter(Block).validate_python(wrong)


ANSWERED = {
    "acts/2": "/acts/{contract}",
    "capital/3": "/capital/{brand}",
    "contract/1": "/contracts/{name}",
    "item-events/2": "/items/{item}/events",
    "movement/3": "/batches/{poster}/{lane}/{sequence}/movements/{index}",
    "place-accuracy/3": "/accuracy/{place}",
    "poster-batches/1": "/batches/{poster}/{lane}",
    "reading/1": "/feeds/{feed}/reports/{sequence}/readings",
    "reports/1": "/feeds/{feed}/reports",
    "settlement/1": "/agreements/{agreement}/settlements",
    "settlement/2": "/agreements/{agreement}/settlements",
    "sku-movements/3": "/stock/{brand}/{sku}/movements",
    "sku-orders/2": "/replenishment/{brand}/{sku}",
    "sku-returns/2": "/returns/{brand}/{sku}",
    "stock/3": "/stock/{brand}/{sku}/{place}",
    "stock-lots/3": "/stock/{brand}/{sku}/{place}",
}


@pytest.mark.parametrize("view", ANSWERED)
def test_the_answers_of_the_vectors_are_of_the_types(view: str) -> None:
    (route,) = [one for one in ROUTES if one.path_format == ANSWERED[view] and one.methods == {"GET"}]
    model = route.response_model.model_fields["answer"].annotation
    answers = list(_answers(view))
    assert answers
    for answer in answers:
        assert retold(model, answer) == json.dumps(answer, sort_keys=True)


def _answers(view: str) -> Iterator[dict[str, Any]]:
    for path in sorted(VECTORS.glob("*/*.json")):
        vector = json.loads(path.read_bytes())
        asked = vector.get("question") if isinstance(vector, dict) else None
        if isinstance(asked, dict) and asked.get("view") == view and "answer" in vector.get("verdict", {}):
            yield vector["verdict"]["answer"]
