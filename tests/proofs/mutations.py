"""Every way of changing a bundle that keeps it JSON, each with the codes that may come of it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]

# The first rule whose pattern fits the changed place decides. Places look like light_block.commit.round.
RULES: list[tuple[str, set[str]]] = [
    (r"format", {"shape"}),
    (r"question\..*", {"wrong-question"}),
    (r"(set_changes\[\d\]\.)?light_block\.header\.chain_id", {"wrong-chain"}),
    (r"set_changes\[\d\]\.light_block\.header\.height", {"header-hash", "set-change"}),
    (r"light_block\.header\.height", {"header-hash"}),
    (r"(set_changes\[\d\]\.)?light_block\.header\.validators_hash", {"validators-hash"}),
    (r"(set_changes\[\d\]\.)?light_block\.header\..*", {"block-id"}),
    (r"(set_changes\[\d\]\.)?light_block\.commit\.height", {"header-hash"}),
    (r"(set_changes\[\d\]\.)?light_block\.commit\.round", {"bad-signature"}),
    (r"(set_changes\[\d\]\.)?light_block\.commit\.block_id\.hash", {"block-id"}),
    (r"(set_changes\[\d\]\.)?light_block\.commit\.block_id\.parts\..*", {"bad-signature"}),
    (r"(set_changes\[\d\]\.)?light_block\.commit\.signatures\[\d\]\.address", {"address-mismatch"}),
    (r"(set_changes\[\d\]\.)?light_block\.commit\.signatures.*", {"bad-signature"}),
    (r"set_changes\[\d\]\.validators.*", {"set-change"}),
    (r"set_changes", {"validators-hash", "set-change"}),
    (r"execution_header", {"app-hash"}),
    (r"evidence\.contracts\.\w+\.account.*", {"account-proof"}),
    (r"evidence\.contracts\.\w+\.storage.*", {"storage-proof"}),
    (r"evidence\.leaves", {"incomplete", "leaf-proof"}),
    (r"evidence\.leaves.*", {"incomplete"}),
    (r"evidence\.disclosures.*", {"leaf-proof", "shape"}),
    (r"nodes.*", {"account-proof", "storage-proof", "receipt-proof", "transaction-proof"}),
    (r"past", {"shape"}),
    (r"evidence\.receipt.*", {"receipt-proof"}),
    (r"evidence\.transaction.*", {"transaction-proof"}),
    (r"evidence\.(documents|payloads|inputs|reading).*", {"leaf-proof"}),
    (r"answer.*", {"answer-mismatch"}),
]


def place(path: Path) -> str:
    return re.sub(r"^\.", "", "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path))


def codes(path: Path) -> set[str]:
    """Codes that a changed value at ``path`` may be refused with."""
    for pattern, found in RULES:
        if re.fullmatch(pattern, place(path)):
            return found
    raise LookupError(place(path))


def values(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no object and no array."""
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from values(child, (*path, key))
    else:
        yield path, node


def nodes(node: Any, kind: type, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every object, or every array."""
    if isinstance(node, kind):
        yield path, node
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from nodes(child, kind, (*path, key))


def changed(value: Any) -> list[Any]:
    """Other values of the same form."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [2 * value + 1]
    if value is None:
        return []
    if re.fullmatch(r"0x([0-9a-f]{2})+", value):
        flip = {digit: "0123456789abcdef"[int(digit, 16) ^ 1] for digit in "0123456789abcdef"}
        middle = len(value) // 2
        return [value[:at] + flip[value[at]] + value[at + 1 :] for at in {middle, len(value) - 1}]
    if re.fullmatch(r"-?\d+", value):
        return [str(int(value) + 1)] + ([str(int(value) - 1)] if int(value) > 1 else [])
    return [value + "x"]


def with_value(bundle: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """``bundle`` with ``change(value)`` for the value at ``path``; what the path does not touch is not copied."""
    if not path:
        return change(bundle)
    copied = copy.copy(bundle)
    copied[path[0]] = with_value(bundle[path[0]], path[1:], change)
    return copied
