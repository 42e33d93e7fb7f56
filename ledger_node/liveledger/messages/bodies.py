"""A request's records: one JSON value or a list of them, one a line (NDJSON), or the rows of a CSV table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from liveledger.domain.errors import InvalidInput, TooLarge
from liveledger.messages import json_body
from liveledger.messages.checks import Check, Finding, Findings
from liveledger.messages.forms import Form, Identified
from liveledger.messages.media import CSV_TYPES, JSON_TYPES, NDJSON_TYPES, UnsupportedMediaType
from liveledger.messages.refusals import Refusal, refused
from liveledger.messages.rows import Columns, read_rows

MEDIA_TYPES = ("application/json", "application/x-ndjson", "text/csv")
_SHOWN_FINDINGS = 10

_Message = TypeVar("_Message", bound=Identified)


@dataclass(frozen=True, slots=True)
class Read(Generic[_Message]):
    """Messages in their order, and the records that are none."""

    messages: list[_Message]
    refusals: list[Refusal]


@dataclass(frozen=True, slots=True)
class _Entry:
    position: int
    row: int | None
    value: Any
    error: InvalidInput | None = None


def read_body(
    body: bytes, media_type: str, form: Form[_Message], *, partial: bool = False, encoding: str | None = None
) -> Read[_Message]:
    """Reads a request's messages; with ``partial`` what breaks the form is listed and the others are read.

    Raises UnsupportedMediaType, TooLarge, MalformedJson or InvalidCsv where records cannot be told apart; without
    ``partial`` also the error of the first bad record, naming the record, the field and all others. Ids in one request
    differ. ``encoding``: of a table, where it is stated.
    """
    messages: list[_Message] = []
    refusals: list[Refusal] = []
    broken: dict[int, InvalidInput] = {}
    for entry in _entries(body, media_type, form, encoding):
        if entry.error is not None:
            broken[entry.position] = entry.error
        refusal = _refusal(entry, form.check)
        if refusal is None:
            messages.append(form.build(entry.position, entry.row, entry.value))
        else:
            refusals.append(refusal)
    messages, repeated = _apart(messages)
    refusals += repeated
    if refusals and not partial:
        raise _whole(sorted(refusals, key=lambda refusal: refusal.position), broken, form.error)
    return Read(messages, refusals)


def _whole(refusals: Sequence[Refusal], broken: Mapping[int, InvalidInput], error: type[InvalidInput]) -> InvalidInput:
    """The error that refuses a request: that of its first bad record, with all of them in its details."""
    raised = refused(refusals, error)
    first = broken.get(refusals[0].position)
    if first is None:
        return raised
    errors = raised.details["errors"]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return type(first)(f"{first.message}{more}", hint=first.hint, **first.details, errors=errors)


def _entries(body: bytes, media_type: str, form: Form[_Message], encoding: str | None) -> Iterator[_Entry]:
    if media_type in NDJSON_TYPES:
        return _lines(body, form.limit)
    if media_type in CSV_TYPES:
        return _rows(body, form.columns, form.limit, encoding)
    if media_type in JSON_TYPES:
        return _values(body, form.limit)
    raise UnsupportedMediaType(f"{media_type} is not read here", hint=f"send {' or '.join(MEDIA_TYPES)}")


def _values(body: bytes, limit: int) -> Iterator[_Entry]:
    value = json_body.parse(body, most=limit)
    values = value if isinstance(value, list) else [value]
    _require_room(len(values), limit)
    return (_Entry(i, None, value) for i, value in enumerate(values))


def _lines(body: bytes, limit: int) -> Iterator[_Entry]:
    lines = [(number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip()]
    _require_room(len(lines), limit)
    for position, (number, line) in enumerate(lines):
        try:
            yield _Entry(position, number, json_body.parse(line))
        except json_body.MalformedJson as error:
            details = error.details | {"line": number, "row": number}
            named = json_body.MalformedJson(f"row {number}: {error.message}", hint=error.hint, **details)
            yield _Entry(position, number, None, named)


def _rows(body: bytes, columns: Columns, limit: int, encoding: str | None) -> Iterator[_Entry]:
    for position, (row, value) in enumerate(read_rows(body, columns, limit, encoding)):
        broken = value if isinstance(value, InvalidInput) else None
        yield _Entry(position, row, None if broken else value, broken)


def _require_room(count: int, limit: int) -> None:
    if count > limit:
        raise TooLarge(f"{count} messages, the limit is {limit}", hint="send them in parts", limit=limit)


def _refusal(entry: _Entry, check: Check) -> Refusal | None:
    if entry.error is not None:
        finding = Finding(f"/{entry.position}", entry.error.message)
        return Refusal(entry.position, entry.row, (finding,), None, entry.error.stable_code)
    findings = Findings((entry.position,))
    check(entry.value, findings)
    if not findings.found:
        return None
    return Refusal(entry.position, entry.row, tuple(findings.found[:_SHOWN_FINDINGS]), _id_of(entry.value))


def _id_of(value: Any) -> str | None:
    """What a broken record calls itself, for its sender to find it."""
    found = value.get("id") if isinstance(value, dict) else None
    return found[:128] if isinstance(found, str) else None


def _apart(messages: Sequence[_Message]) -> tuple[list[_Message], list[Refusal]]:
    """The messages without those whose id came before in the request, and the refusals of these."""
    first: dict[str, _Message] = {}
    repeated = []
    for message in messages:
        earlier = first.setdefault(message.message_id, message)
        if earlier is not message:
            sentence = f"{message.message_id!r} is the id of record {earlier.position} already"
            finding = Finding(f"/{message.position}/id", sentence)
            repeated.append(Refusal(message.position, message.row, (finding,), message.message_id))
    return list(first.values()), repeated
