"""Lists out of the index: one form of pages, one form of answers, both typed.

A list has a fixed order; `next` of a page names the entry that it ended with, and goes into `after` of the next page.
What is added meanwhile is found by whoever comes to its place in the order: no entry is left out, or stands twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from liveledger.domain.errors import InvalidInput, NotFound, Unavailable
from liveledger_api.requests import PartsOf

MAX_LIMIT = 1_000
_CURSOR = re.compile(r"[0-9]{1,10}(-[0-9]{1,10}){0,2}")
_Row = TypeVar("_Row")
_Found = TypeVar("_Found")

Decimal = Annotated[str, Field(pattern="^-?[0-9]+$", description="Whole number in decimal digits")]
Gln = Annotated[str, Field(pattern="^[0-9]{13}$", description="GLN")]
Gtin = Annotated[str, Field(pattern="^[0-9]{14}$", description="GTIN, in 14 digits")]
Code = Annotated[str, Field(description="As its owner wrote it; bytes that are no UTF-8 as \\xNN")]


class Typed(BaseModel):
    """What all typed answers are: their fields, and no other."""

    model_config = ConfigDict(extra="forbid")


class Block(Typed):
    """The block of the index that an answer is of."""

    height: Decimal


class Entries(Typed, Generic[_Row]):
    """A page. `next`: what `after` of the next page says, null where there is nothing more."""

    entries: list[_Row]
    next: str | None = Field(description="`after` of the next page; null: there is nothing more")


class Page(Typed, Generic[_Row]):
    """A page of a list, by this server's index: without a proof."""

    answer: Entries[_Row]
    block: Block
    proof: None = None


class One(Typed, Generic[_Row]):
    """One entry, by this server's index: without a proof."""

    answer: _Row
    block: Block
    proof: None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for. ``after``: the numbers in the cursor, none at the beginning."""

    parts: Any
    at_least: int
    limit: int
    after: tuple[int, ...]

    def key(self, *most: int) -> tuple[int, ...]:
        """The cursor of a list whose entries are named by numbers up to ``most``; none at the beginning.

        Raises InvalidInput for a cursor of another list.
        """
        fits = len(self.after) == len(most) and all(one <= limit for one, limit in zip(self.after, most, strict=True))
        if self.after and not fits:
            raise _no_cursor()
        return self.after

    def number(self, most: int) -> int:
        """The cursor of a list whose entries are named by one number; 0 at the beginning. Raises InvalidInput."""
        return next(iter(self.key(most)), 0)

    def read(self, query: Callable[[Session], _Found | None], missing: str) -> tuple[Block, _Found]:
        """What a query of the index finds, and its block. Raises NotFound with ``missing`` for None, Unavailable."""
        return read(self.parts, query, missing, self.at_least)

    def page(
        self,
        form: type[Page[_Row]],
        query: Callable[[Session], Sequence[_Found] | None],
        missing: str,
        shown: Callable[[_Found], _Row],
        key: Callable[[_Found], int],
    ) -> Page[_Row]:
        """A page in ``form``. ``query`` gives one entry more than ``limit`` where there is one.

        ``key`` is the number that names an entry in the cursor. Raises NotFound with ``missing`` for None, Unavailable.
        """
        block, found = self.read(query, missing)
        rows = found[: self.limit]
        more = str(key(rows[-1])) if len(found) > self.limit else None
        return form.model_validate({"answer": {"entries": [shown(row) for row in rows], "next": more}, "block": block})


def asked(
    parts: PartsOf,
    after: Annotated[str | None, Query(max_length=60, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most entries of the page")] = 100,
    at_least: Annotated[int, Query(ge=0, lt=1 << 62, description="Lowest block that the answer must include")] = 0,
) -> Asked:
    """Reads ``after``, ``limit`` and ``at_least``. Raises InvalidInput for what is no cursor."""
    if after is not None and not _CURSOR.fullmatch(after):
        raise _no_cursor()
    return Asked(parts, at_least, limit, tuple(map(int, after.split("-"))) if after else ())


def read(
    parts: Any, query: Callable[[Session], _Found | None], missing: str, at_least: int = 0
) -> tuple[Block, _Found]:
    """What a query of the index finds, and its block.

    Raises NotFound with ``missing`` when it finds None, Unavailable when the index is not at ``at_least`` yet,
    IndexFilling while it is behind with stock.
    """
    # What stands where, and who has what, is read of stock's tables beside the members' own.
    height, found = parts.stored_index.read(query, "stock")
    if height < at_least:
        raise Unavailable(
            f"the index is at block {height}, block {at_least} was asked for", hint="ask again", retry_after=1
        )
    if found is None:
        raise NotFound(missing)
    return Block(height=str(height)), found


def _no_cursor() -> InvalidInput:
    return InvalidInput("after is no cursor of this list", hint="send `next` of the page before", parameter="after")
