"""Columns of the index's tables. All of it is derived: another version of the schema is simply built again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = 11
# Tables of this version are the same but for the cursors of families, which it has not: it goes on as it is.
ONE_CURSOR_VERSION = 10
_SIGN = 1 << 63
_WRAP = 1 << 64
# 2^256 − 1 has 78 decimal digits.
_UINT256_DIGITS = 78


class Uint64(TypeDecorator[int]):
    """A uint64 that a member may have chosen freely, in a signed column: the same 64 bits."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the column."""
        return None if value is None else value - _WRAP if value >= _SIGN else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """From the column."""
        return None if value is None else value + _WRAP if value < 0 else value


class Uint256(TypeDecorator[int]):
    """A uint256 as decimal text: exact, and not for sorting."""

    impl = String(_UINT256_DIGITS)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the column."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """From the column."""
        return None if value is None else int(value)


metadata = MetaData()


def table(name: str, *parts: Column[Any] | Index | UniqueConstraint) -> Table:
    """A table of the index."""
    return Table(name, metadata, *parts)


def word(name: str, **options: Any) -> Column[Any]:
    """Thirty-two bytes."""
    return Column(name, LargeBinary(32), nullable=options.pop("nullable", False), **options)


def address(name: str, **options: Any) -> Column[Any]:
    """Twenty bytes."""
    return Column(name, LargeBinary(20), nullable=False, **options)


def number(name: str, kind: Any = BigInteger, **options: Any) -> Column[Any]:
    """An integer that the chain gave, never one of the database's own."""
    return Column(name, kind, nullable=options.pop("nullable", False), autoincrement=False, **options)
