"""Typed answers about the schemas of messages."""

from __future__ import annotations

from liveledger_api.answers import example
from liveledger_api.listing import Typed


class Schema(Typed):
    """A schema, and where it is read."""

    model_config = example(name="movement", version=4, path="/schemas/movement/4", title="Movement")

    name: str
    version: int
    path: str
    title: str


class Schemas(Typed):
    """Schemas of the messages that this API takes."""

    schemas: list[Schema]
