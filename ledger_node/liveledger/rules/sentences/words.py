"""How numbers of a contract's error are said: SKUs, places, organisations, roles, lanes, times, amounts."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from typing import Any

from liveledger.bindings.constants import (
    ApprovedAct,
    ContractState,
    Disposition,
    FeedKind,
    Grade,
    Lane,
    MovementKind,
    OrderStatus,
    Parameter,
    ProposalStatus,
    Role,
    SessionStatus,
    SourceKind,
    Status,
)
from liveledger.domain.gs1 import gln_text

_SERIAL_BITS = 20
_SERIALS = (1 << _SERIAL_BITS) - 1
# Later times are no dates: `datetime` ends there, and so does every clock.
_LAST_SECOND = 253_402_300_799


class Names:
    """What numbers stand for. This one asks nobody: it says the numbers in words."""

    def sku(self, number: int) -> str:
        """A SKU, by its brand's code where it is known."""
        return f"SKU number {number & _SERIALS} of brand {number >> _SERIAL_BITS}"

    def place(self, number: int) -> str:
        """A place, by its GLN where it is known."""
        return f"place {number}" if number else "outside the ledger"

    def organisation(self, number: int) -> str:
        """An organisation, with its GLN where it is known."""
        return f"organisation {number}"

    def account(self, address: bytes) -> str:
        """An account, with its organisation where it is known."""
        return f"0x{address.hex()}"


class Wording(string.Formatter):
    """Fills a sentence with an error's arguments: ``{place:place}`` is the argument ``place`` as a place."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def fill(self, text: str, args: Mapping[str, object]) -> str:
        """The sentence; an argument that is not there is said as "?", so that a sentence never fails."""
        return self.vformat(text, (), {**dict.fromkeys(_fields(text), None), **args})

    def format_field(self, value: Any, format_spec: str) -> str:
        """One argument in words."""
        if value is None:
            return "?"
        return str(WORDS[format_spec](self._names, value)) if format_spec else _plain(value)


def _fields(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def _plain(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _constant(kind: type[IntEnum]) -> Callable[[Names, Any], str]:
    def word(_: Names, value: Any) -> str:
        known = int(value) in set(map(int, kind))
        return kind(int(value)).name.lower().replace("_", " ") if known else f"number {int(value)}"

    return word


def _flags(kind: type[IntFlag]) -> Callable[[Names, Any], str]:
    """Names in kebab case, as the commands write them."""

    def word(_: Names, value: Any) -> str:
        found = [str(flag.name).lower().replace("_", "-") for flag in kind if int(value) & flag]
        return ", ".join(found) or f"number {int(value)}"

    return word


def _time(_: Names, value: Any) -> str:
    if not 0 <= int(value) <= _LAST_SECOND:
        return f"second {value}"
    return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _yuan(_: Names, value: Any) -> str:
    return f"{int(value) // 100}.{int(value) % 100:02} yuan"


def _percent(_: Names, value: Any) -> str:
    return f"{int(value) // 100}.{int(value) % 100:02} %"


def _ascii(_: Names, value: Any) -> str:
    """A name in a word of 32 bytes."""
    text = bytes(value).rstrip(b"\0")
    return text.decode("ascii") if text.isascii() and text.decode("ascii").isprintable() else f"0x{bytes(value).hex()}"


def _ordinal(_: Names, value: Any) -> str:
    """Contracts count from 0, people from 1."""
    return str(int(value) + 1)


WORDS: dict[str, Callable[[Names, Any], str]] = {
    "sku": lambda names, value: names.sku(int(value)),
    "place": lambda names, value: names.place(int(value)),
    "org": lambda names, value: names.organisation(int(value)),
    "account": lambda names, value: names.account(bytes(value)),
    "lane": _constant(Lane),
    "kind": _constant(MovementKind),
    "grade": lambda _, value: Grade(int(value)).name if 1 <= int(value) <= len(Grade) else f"number {int(value)}",
    "disposition": _constant(Disposition),
    "feed": _constant(FeedKind),
    "source": _constant(SourceKind),
    "status": _constant(Status),
    "contract": _constant(ContractState),
    "proposal": _constant(ProposalStatus),
    "session": _constant(SessionStatus),
    "order": _constant(OrderStatus),
    "parameter": lambda names, value: _constant(Parameter)(names, value).replace(" ", "-"),
    "roles": _flags(Role),
    "acts": _flags(ApprovedAct),
    "time": _time,
    "money": _yuan,
    "percent": _percent,
    "name": _ascii,
    "nth": _ordinal,
    "gln": lambda _, value: gln_text(int(value)),
}
