"""What a noun's messages look like. Everything that reads them goes by this: the API, and reconciliation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from liveledger.domain.errors import InvalidInput
from liveledger.messages.checks import Check
from liveledger.messages.rows import Columns


class Identified(Protocol):
    """A message as every noun has it."""

    @property
    def position(self) -> int:
        """Number of its record in the request, from 0."""

    @property
    def row(self) -> int | None:
        """Its row in a table, or its line in NDJSON."""

    @property
    def message_id(self) -> str:
        """The id that makes it count once."""


_Message = TypeVar("_Message", bound=Identified)


@dataclass(frozen=True, slots=True)
class Form(Generic[_Message]):
    """How a noun's messages are read: check, build, the CSV's columns, the most that one request may hold."""

    check: Check
    build: Callable[[int, int | None, dict[str, Any]], _Message]
    columns: Columns
    limit: int
    error: type[InvalidInput]
