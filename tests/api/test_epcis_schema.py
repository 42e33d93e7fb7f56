"""Whatever GS1's own JSON schema accepts, capture accepts: its examples, changed at random, judged by both."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from liveledger_api.epcis.documents import ValidationException, read_document

pytestmark = pytest.mark.data
TRIES = 500
# Own types and open objects are what a change hardly ever makes by itself.
VALUES: tuple[Any, ...] = (
    *("text", "urn:x:y", "_:b1", "example:Custom", "shipping", "+08:00", "2026-11-11T11:11:11Z", "https://a.example/é"),
    *(5, 1.5, True, None, [], {}, [{}], ["urn:x:y"], {"id": "urn:x:y", "name": "n"}, {"set": ["active"]}),
)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value below and with ``value``, with its path."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield from nodes(member, (*path, key))


def changed(document: dict[str, Any], fields: list[tuple[str, Any]], chance: random.Random) -> dict[str, Any]:
    """A copy with one event, in which a value is taken away, another, or added under a name of any example."""
    made = copy.deepcopy(document)
    del made["epcisBody"]["eventList"][1:]
    places = [path for path, _ in nodes(made) if path]
    *way, last = chance.choice(places)
    parent: Any = made
    for key in way:
        parent = parent[key]
    act = chance.random()
    if act < 0.2:
        del parent[last]
    elif act < 0.5:
        parent[last] = copy.deepcopy(chance.choice(VALUES))
    else:
        name, value = chance.choice(fields)
        chance.choice([found for _, found in nodes(made) if isinstance(found, dict)])[name] = copy.deepcopy(value)
    return made


def refused(document: dict[str, Any]) -> list[Any]:
    """What capture finds wrong."""
    try:
        return [finding for event in read_document(document) for finding in event.findings]
    except ValidationException as error:
        return list(error.details["errors"])


def test_what_the_schema_accepts_is_captured(data_folder: Path) -> None:
    # Slow to load, and every process that runs tests loads this file.
    from jsonschema import FormatChecker
    from jsonschema.validators import validator_for

    schema = json.loads((data_folder / "epcis" / "EPCIS-JSON-Schema.json").read_text())
    validator = validator_for(schema)(schema, format_checker=FormatChecker())
    files = sorted((data_folder / "epcis" / "examples").rglob("*.jsonld"))
    documents = [json.loads(path.read_text()) for path in files]
    documents = [document for document in documents if document["type"] == "EPCISDocument"]
    fields = [
        item
        for document in documents
        for _, value in nodes(document)
        if isinstance(value, dict)
        for item in value.items()
    ]
    chance, accepted = random.Random(19987), 0
    for _ in range(TRIES):
        document = changed(chance.choice(documents), fields, chance)
        if validator.is_valid(document):
            accepted += 1
            assert not refused(document), json.dumps(document)
    assert accepted > TRIES / 5
