"""The salted fields of an EPCIS event: some can be shown and the others withheld, and none can be swapped.

A field is a member of the event, or one item of a member that is a list; it is named by its JSON pointer (RFC 6901).
The event's hash is the Merkle root over its fields in the order of their pointers (docs/formats.md, EPCIS events).
Pointers always stand open: so a pointer stands once, and nobody can show two values of one field to two readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from liveledger.domain import merkle
from liveledger.domain.hashing import canonical_json, keccak

SALT_BYTES = 16
MAX_FIELDS = 10_000
WITHHELD = object()


class FieldsError(ValueError):
    """Pointers that are not those of the fields of one event."""


@dataclass(frozen=True, slots=True)
class OpenField:
    """A field that is shown: its value and its own salt (16 bytes)."""

    pointer: str
    value: Any
    salt: bytes

    @property
    def commitment(self) -> bytes:
        """Hash (32 bytes) that stands for the value."""
        return keccak(self.salt + canonical_json(self.value))


@dataclass(frozen=True, slots=True)
class WithheldField:
    """A field of which only the hash of its salted value (32 bytes) is shown."""

    pointer: str
    commitment: bytes


Field = OpenField | WithheldField


def fields_of(salt: bytes, event: Mapping[str, Any]) -> list[Field]:
    """The fields of ``event``, all open, in the order of their pointers' UTF-8 bytes; ``salt`` is the event's own."""
    values: dict[str, Any] = {}
    for name, member in event.items():
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        if isinstance(member, list) and member:
            values.update({f"{pointer}/{number}": item for number, item in enumerate(member)})
        else:
            values[pointer] = member
    return [OpenField(pointer, values[pointer], field_salt(salt, pointer)) for pointer in _sorted(values)]


def count(event: Mapping[str, Any]) -> int:
    """How many fields ``event`` has."""
    return sum(len(member) or 1 if isinstance(member, list) else 1 for member in event.values())


def field_salt(salt: bytes, pointer: str) -> bytes:
    """A field's own salt (16 bytes), which tells nothing of the event's or of another field's."""
    return keccak(salt + pointer.encode())[:SALT_BYTES]


def root(fields: Iterable[Field]) -> bytes:
    """The event's hash (32 bytes): the Merkle root over its fields."""
    return merkle.root([merkle.leaf_hash(keccak(field.pointer.encode()) + field.commitment) for field in fields])


def event_hash(salt: bytes, event: Mapping[str, Any]) -> bytes:
    """The hash (32 bytes) under which ``event`` is anchored."""
    return root(fields_of(salt, event))


def withheld(fields: Iterable[Field], names: Iterable[str]) -> list[Field]:
    """``fields`` with all withheld but those of the members called ``names``."""
    shown = frozenset(names)
    return [
        field if _parts(field.pointer)[0] in shown else WithheldField(field.pointer, field.commitment)
        for field in fields
    ]


def event_of(fields: Iterable[Field]) -> dict[str, Any]:
    """The event that ``fields`` are of: a withheld member is left out, a withheld item of a list is null.

    Its members stand in the order of RFC 8785, as those of an event that a bundle holds as a whole. Raises FieldsError
    where the pointers do not ascend, or are not those of one event.
    """
    known = list(fields)
    pointers = [field.pointer for field in known]
    if pointers != _sorted(set(pointers)) or not pointers:
        raise FieldsError("the fields' pointers do not ascend")
    event: dict[str, Any] = {}
    lists: dict[str, dict[int, Any]] = {}
    names: set[str] = set()
    for field in known:
        name, number = _parts(field.pointer)
        value = field.value if isinstance(field, OpenField) else WITHHELD
        if number is not None:
            lists.setdefault(name, {})[number] = None if value is WITHHELD else value
        elif isinstance(value, list) and value:
            raise FieldsError(f"the list {name[:40]!r} is one field")
        else:
            names.add(name)
            if value is not WITHHELD:
                event[name] = value
    for name, items in lists.items():
        if name in names or sorted(items) != list(range(len(items))):
            raise FieldsError(f"the items of {name[:40]!r} are not those of one list")
        event[name] = [items[number] for number in range(len(items))]
    return dict(sorted(event.items(), key=lambda member: member[0].encode("utf-16-be")))


def _sorted(pointers: Iterable[str]) -> list[str]:
    return sorted(pointers, key=str.encode)


def _parts(pointer: str) -> tuple[str, int | None]:
    """Name of the member, and number of the item where the field is one of a list. Raises FieldsError."""
    parts = pointer.split("/")
    if len(parts) not in (2, 3) or parts[0]:
        raise FieldsError(f"{pointer[:40]!r} is no pointer of a field")
    name = parts[1].replace("~1", "/").replace("~0", "~")
    if "/" + name.replace("~", "~0").replace("/", "~1") != "/" + parts[1]:
        raise FieldsError(f"{pointer[:40]!r} is not in its one form")
    if len(parts) == 2:
        return name, None
    if not (parts[2].isascii() and parts[2].isdecimal()) or str(int(parts[2][:6])) != parts[2]:
        raise FieldsError(f"{pointer[:40]!r} does not number an item")
    return name, int(parts[2])
