"""A brand's replenishment policy as a JSON file: settings, places by GLN, links between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from liveledger.bindings.constants import MAX_CANDIDATES
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger.verifier import Refusal, shape

MAX_POLICY_BYTES = 1 << 20
_Key = TypeVar("_Key")
_Row = TypeVar("_Row")
_PLACE = ("gln", "region", "hub")
_LINK = ("from", "to", "metres", "transit_seconds", "carbon_grams")
_UINT16, _UINT32, _UINT48 = (1 << 16) - 1, (1 << 32) - 1, (1 << 48) - 1
_WIDE = {"transfer_units": _UINT48, "day_units": _UINT48}
_MIDDLE = {"cool_down_seconds", "supplier_seconds", "order_seconds", "max_level_age_seconds"}


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a file asks for; places and links by GLN. None: the file does not name them, they stay as they are."""

    settings: Settings | None
    places: dict[int, tuple[int, bool]] | None
    links: dict[tuple[int, int], Way] | None


def parse_policy(data: bytes) -> PolicyFile:
    """Reads the file. Raises InvalidInput that names the entry which is not sound."""
    try:
        value = shape.parse_json(data, limit=MAX_POLICY_BYTES)
        entry = shape.fields(value, "policy", (), ("settings", "places", "links"))
    except Refusal as refusal:
        raise InvalidInput(f"the policy file: {refusal.message}") from None
    places = _by_key("places", [_place(*row) for row in _rows(entry, "places", MAX_CANDIDATES)], entry)
    links = _by_key("links", [_link(*row) for row in _rows(entry, "links", MAX_CANDIDATES**2)], entry)
    settings = _settings(entry["settings"]) if "settings" in entry else None
    return PolicyFile(settings, places, links)


def _settings(value: Any) -> Settings:
    names = tuple(Settings.__slots__)
    entry = _fields(value, "settings", names)
    limits = {name: _WIDE.get(name, _UINT32 if name in _MIDDLE else _UINT16) for name in names}
    return Settings(**{name: _number(entry, name, "settings", limits[name]) for name in names})


def _place(value: Any, where: str) -> tuple[int, tuple[int, bool]]:
    entry = _fields(value, where, _PLACE)
    if not isinstance(entry["hub"], bool):
        raise InvalidInput(f"{where}.hub is neither true nor false", entry=where)
    return _gln(entry, "gln", where), (_number(entry, "region", where, _UINT16), entry["hub"])


def _link(value: Any, where: str) -> tuple[tuple[int, int], Way]:
    entry = _fields(value, where, _LINK)
    sizes = (_number(entry, name, where, _UINT32) for name in _LINK[2:])
    return (_gln(entry, "from", where), _gln(entry, "to", where)), Way(*sizes)


def _by_key(name: str, rows: list[tuple[_Key, _Row]], entry: dict[str, Any]) -> dict[_Key, _Row] | None:
    found = dict(rows)
    if len(found) != len(rows):
        raise InvalidInput(f"{name} names one entry twice", entry=name)
    return found if name in entry else None


def _rows(entry: dict[str, Any], name: str, most: int) -> list[tuple[Any, str]]:
    rows = entry.get(name, [])
    if not isinstance(rows, list) or len(rows) > most:
        raise InvalidInput(f"{name} is no list of at most {most} entries", entry=name)
    return [(row, f"{name}[{at}]") for at, row in enumerate(rows)]


def _fields(value: Any, where: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise InvalidInput(f"{where} has not just the fields {', '.join(names)}", entry=where)
    return value


def _number(entry: dict[str, Any], name: str, where: str, most: int) -> int:
    value = entry[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise InvalidInput(f"{where}.{name} is no whole number from 0 to {most}", entry=f"{where}.{name}")
    return value


def _gln(entry: dict[str, Any], name: str, where: str) -> int:
    value = entry[name]
    if not isinstance(value, str):
        raise InvalidInput(f"{where}.{name} is no GLN", entry=f"{where}.{name}")
    try:
        return gs1.gln(value)
    except InvalidInput as error:
        raise InvalidInput(f"{where}.{name}: {error.message}", entry=f"{where}.{name}") from None
