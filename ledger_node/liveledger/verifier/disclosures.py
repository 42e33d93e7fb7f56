"""Documents of anchored events as a bundle shows them: whole with their salt, or field by field (docs/bundle.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain import event_fields
from liveledger.domain.documents import MAX_EVENT_BYTES, breach
from liveledger.domain.event_fields import MAX_FIELDS, SALT_BYTES, Field, FieldsError, OpenField, WithheldField
from liveledger.verifier import shape


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is shown of an event. ``event`` has null for a withheld item of a list, and lacks withheld members.

    Nothing is hashed until ``digest`` is asked for: a bundle of 1 MiB may hold half a million fields, and none of it
    is proven when its form is read.
    """

    event: dict[str, Any]
    fields: Sequence[Field]
    withheld: tuple[str, ...] = ()

    @property
    def digest(self) -> bytes:
        """The root over the fields (32 bytes): the event's hash."""
        return event_fields.root(self.fields)

    @classmethod
    def read(cls, value: Any, where: str) -> Disclosure:
        """Reads ``{salt, event}``, or ``{fields}`` where some are withheld. Raises Refusal (step 1)."""
        if isinstance(value, dict) and "fields" in value:
            listed = shape.fields(value, where, ("fields",))["fields"]
            return cls._of_fields(shape.array(listed, f"{where}.fields", MAX_FIELDS, _field), where)
        entry = shape.fields(value, where, ("salt", "event"))
        event = _event(entry["event"], f"{where}.event")
        salt = shape.hexadecimal(entry["salt"], f"{where}.salt", SALT_BYTES)
        fields = event_fields.fields_of(salt, event)
        if not 0 < len(fields) <= MAX_FIELDS:
            raise shape.refuse(f"{where}.event has {len(fields)} fields, not 1 to {MAX_FIELDS}")
        return cls(event, fields)

    @classmethod
    def _of_fields(cls, fields: list[Field], where: str) -> Disclosure:
        withheld = tuple(field.pointer for field in fields if isinstance(field, WithheldField))
        if not withheld:
            raise shape.refuse(f"{where} withholds no field: it is written as salt and event")
        try:
            event = _event(event_fields.event_of(fields), where)
        except FieldsError as error:
            raise shape.refuse(f"{where}: {error}") from None
        return cls(event, fields, withheld)


def as_json(salt: bytes, event: dict[str, Any]) -> dict[str, Any]:
    """The disclosure of a whole event."""
    return {"salt": "0x" + salt.hex(), "event": event}


def some_as_json(salt: bytes, event: dict[str, Any], shown: frozenset[str]) -> dict[str, Any]:
    """The disclosure of an event's members called ``shown``; that of the whole event where none other is left."""
    fields = event_fields.withheld(event_fields.fields_of(salt, event), shown)
    if all(isinstance(field, OpenField) for field in fields):
        return as_json(salt, event)
    return _fields_json(fields)


def fewer_as_json(written: dict[str, Any], shown: frozenset[str]) -> dict[str, Any]:
    """A disclosure that was written before, with only the members called ``shown`` of what it shows. Raises Refusal."""
    Disclosure.read(written, "disclosure")
    if "fields" not in written:
        return some_as_json(bytes.fromhex(written["salt"][2:]), written["event"], shown)
    fields = [_field(field, "disclosure") for field in written["fields"]]
    return _fields_json(event_fields.withheld(fields, shown))


def _fields_json(fields: list[Field]) -> dict[str, Any]:
    return {"fields": [_field_json(field) for field in fields]}


def _event(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise shape.refuse(f"{where} is no object")
    broken = breach(value)
    if broken:
        raise shape.refuse(f"{where} {broken.sentence}")
    return value


def _field(value: Any, where: str) -> Field:
    if isinstance(value, dict) and "hash" in value:
        entry = shape.fields(value, where, ("pointer", "hash"))
        return WithheldField(_pointer(entry, where), shape.hexadecimal(entry["hash"], f"{where}.hash", 32))
    entry = shape.fields(value, where, ("pointer", "value", "salt"))
    salt = shape.hexadecimal(entry["salt"], f"{where}.salt", SALT_BYTES)
    return OpenField(_pointer(entry, where), entry["value"], salt)


def _pointer(entry: dict[str, Any], where: str) -> str:
    return shape.text(entry["pointer"], f"{where}.pointer", MAX_EVENT_BYTES)


def _field_json(field: Field) -> dict[str, Any]:
    if isinstance(field, WithheldField):
        return {"pointer": field.pointer, "hash": "0x" + field.commitment.hex()}
    return {"pointer": field.pointer, "value": field.value, "salt": "0x" + field.salt.hex()}
