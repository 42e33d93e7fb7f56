"""Ways to lie with a bundle. Each returns a new bundle; the verifier has to refuse every one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from liveledger.domain.errors import InvalidInput

Path = tuple[str | int, ...]


def flip_byte(bundle: dict[str, Any]) -> dict[str, Any]:
    """Changes one byte in the middle of the longest piece of evidence. Raises InvalidInput when there is none."""
    parts = [name for name in ("evidence", "nodes") if name in bundle]
    pieces = [(len(text), path) for name in parts for path, text in _hex_strings(bundle[name], (name,))]
    if not pieces:
        raise InvalidInput("the bundle brings no evidence")
    _, path = max(pieces, key=lambda piece: (piece[0], str(piece[1])))
    changed = copy.deepcopy(bundle)
    holder = _at(changed, path[:-1])
    text = holder[path[-1]]
    middle = 2 + (len(text) - 2) // 4 * 2
    byte = int(text[middle : middle + 2], 16) ^ 1
    holder[path[-1]] = f"{text[:middle]}{byte:02x}{text[middle + 2 :]}"
    return changed


def drop_leaf(bundle: dict[str, Any]) -> dict[str, Any]:
    """Leaves out the last leaf of the list and all that goes with it: its document, its line in the answer, the count.

    The liar is careful: nothing but the proven head gives it away. Raises InvalidInput when the bundle lists no leaves.
    """
    changed = copy.deepcopy(bundle)
    section = changed["evidence"].get("leaves") or {}
    leaves = (section[0] if isinstance(section, list) else section).get("page", [])
    if not leaves:
        raise InvalidInput("the bundle lists no leaves")
    count = len(leaves)
    for part in (*changed["evidence"].values(), *changed["answer"].values(), leaves):
        if isinstance(part, list) and part is not section and len(part) == count:
            del part[-1]
    if "count" in changed["answer"]:
        changed["answer"]["count"] = str(count - 1)
    return changed


def _hex_strings(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str) and value.startswith("0x") and len(value) > 2:
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _hex_strings(inner, (*path, name))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _hex_strings(inner, (*path, position))


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value
