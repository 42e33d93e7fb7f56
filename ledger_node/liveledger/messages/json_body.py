"""Reads JSON strictly (RFC 8259 and I-JSON, RFC 7493), so that every accepted text has one canonical form."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from liveledger.domain.documents import MAX_SAFE_INTEGER
from liveledger.domain.errors import InvalidInput, TooLarge

MAX_DEPTH = 64
MAX_INTEGER = MAX_SAFE_INTEGER
# A value takes up to a hundred bytes of memory, and may take two of a body.
MAX_VALUES = 1_000_000
_MAX_DIGITS = 400
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_STRUCTURE = re.compile(r"[\[\]{},]")
_TOKEN = re.compile(_STRING.pattern + r'|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)

# The rest of a text that was cut off within a number, a literal or an escape, or behind any of them.
_BEGUN = re.compile(r"[-+.\\\w]{0,40}\s*", re.ASCII)


class MalformedJson(InvalidInput):
    """The text is no JSON that we accept; ``details`` has the JSON pointer, line and column where it breaks."""

    code = "malformed-json"


def parse(
    body: bytes, *, repeated: list[str] | None = None, most: int | None = None, most_values: int | None = None
) -> Any:
    """The value of ``body``. Raises MalformedJson on broken or cut-off text, repeated names and unsafe numbers.

    Raises TooLarge for more than ``most_values`` (a million), or for a list of more than ``most``, before any is made.
    With a list ``repeated``, a name that stands twice in an object is noted there and its last value counts, as in
    ECMAScript: GS1 itself publishes an EPCIS example in that form.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"byte {error.start} is no UTF-8", pointer="", offset=error.start) from None
    _check_size(text, most, MAX_VALUES if most_values is None else most_values)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object_reader(repeated),
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise _broken(text, error) from None
    _check_values(value)
    return value


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) of the given path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def pointer_at(text: str, offset: int) -> str:
    """The JSON pointer of the value that a reader is in at ``offset``; used to say where a broken text breaks."""
    path: list[str | int] = []
    expects_name = False
    for match in _TOKEN.finditer(text, 0, offset):
        lexeme = match.group()
        if lexeme in "{[":
            path.append("" if lexeme == "{" else 0)
            expects_name = lexeme == "{"
        elif lexeme in "}]":
            path = path[:-1]
            expects_name = False
        elif lexeme == "," and path:
            last = path[-1]
            path[-1], expects_name = (last + 1, False) if isinstance(last, int) else ("", True)
        elif lexeme.startswith('"') and expects_name and path:
            path[-1], expects_name = lexeme[1:].removesuffix('"'), False
    return pointer(*(part for part in path if part != ""))


def _check_size(text: str, most: int | None, most_values: int) -> None:
    """Before any reader recurses or builds: the standard reader's C code can overrun the stack of a thread."""
    depth, values, members = 0, 1, 1
    listed = text.lstrip()[:1] == "["
    for match in _STRUCTURE.finditer(_STRING.sub("", text)):
        mark = match.group()
        if mark in "]}":
            depth -= 1
            continue
        # Every bracket begins a value, and so does what stands behind a comma.
        values += 1
        if mark == ",":
            members += depth == 1
        else:
            depth += 1
        if depth > MAX_DEPTH:
            raise MalformedJson(f"nested deeper than {MAX_DEPTH} levels", pointer="")
        if values > most_values:
            raise TooLarge(f"there are more than {most_values} values", hint="send them in parts", limit=most_values)
        if listed and most is not None and members > most:
            raise TooLarge(f"more than {most} messages", hint="send them in parts", limit=most)


def _broken(text: str, error: json.JSONDecodeError) -> MalformedJson:
    where = pointer_at(text, error.pos)
    cut = _BEGUN.fullmatch(text, error.pos) is not None or error.msg.startswith("Unterminated")
    what = "the JSON ends too early" if cut else f"this is no JSON: {error.msg}"
    return MalformedJson(
        f"{what} (line {error.lineno}, column {error.colno}, in {where or 'the root'})",
        hint="the body may have been cut off on its way" if cut else "",
        pointer=where,
        line=error.lineno,
        column=error.colno,
    )


def _object_reader(repeated: list[str] | None) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            twice = _first_repeated(name for name, _ in pairs)[:80]
            if repeated is None:
                raise MalformedJson(f"the name {twice!r} stands twice in one object", pointer="", name=twice)
            repeated.append(twice)
        return result

    return read


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _constant(text: str) -> Any:
    raise MalformedJson(f"{text} is no JSON number", pointer="")


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise MalformedJson("a number has too many digits", pointer="")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise MalformedJson(f"the number {text[:40]} is too large", pointer="")
    return value


def _check_values(root: Any) -> None:
    pending: list[tuple[Any, tuple[str | int, ...]]] = [(root, ())]
    while pending:
        value, path = pending.pop()
        if isinstance(value, dict):
            for name, child in value.items():
                _check_text(name, path)
                pending.append((child, (*path, name)))
        elif isinstance(value, list):
            pending.extend((child, (*path, i)) for i, child in enumerate(value))
        elif isinstance(value, str):
            _check_text(value, path)
        elif isinstance(value, int) and abs(value) > MAX_INTEGER:
            raise MalformedJson(
                f"the number at {pointer(*path)} is over 2^53 - 1 and has no safe form",
                hint="write large numbers as text",
                pointer=pointer(*path),
            )


def _check_text(text: str, path: tuple[str | int, ...]) -> None:
    if not text.isascii() and any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise MalformedJson("a text holds half of a surrogate pair", pointer=pointer(*path))
