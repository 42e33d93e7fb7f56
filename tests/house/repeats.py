"""Finds what was written twice: runs of equal lines in hand-written code.

A line is compared as it stands without its indent; blank lines, comments and imports are passed over, so a run goes on
behind them. Data and generated code are not searched (`tree.tracked`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

LEAST_LINES = 10
_COMMENT = re.compile(r"#|//|/?\*")
_IMPORT = re.compile(r"import\b|from \S+ import\b|export .* from ")
_OPENS, _CLOSES = "({", ")}"


class Place(NamedTuple):
    """Where a run stands: the file's name, its first and its last line (from 1)."""

    name: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.name}:{self.first}-{self.last}"


class _Line(NamedTuple):
    number: int
    text: str


def counted(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a source that are compared: number from 1, and the line without its indent."""
    open_import = False
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if open_import:
            open_import = not any(end in bare for end in _CLOSES)
        elif _IMPORT.match(bare):
            open_import = any(bare.count(a) > bare.count(b) for a, b in zip(_OPENS, _CLOSES, strict=True))
        elif bare and not _COMMENT.match(bare):
            yield number, bare


def repeats(sources: Mapping[str, str], least: int = LEAST_LINES) -> list[tuple[Place, Place]]:
    """Pairs of places with ``least`` or more equal lines one behind the other, each as long as it goes.

    ``sources``: text of a file by its name. A third place of a run is paired with the first one.
    """
    lines = {name: list(counted(text)) for name, text in sources.items()}
    seen: dict[tuple[str, ...], tuple[str, int]] = {}
    found: list[tuple[Place, Place]] = []
    for name, own in lines.items():
        end = -1  # what a run that was found already reaches to
        for at in range(len(own) - least + 1):
            key = tuple(text for _, text in own[at : at + least])
            other, start = seen.setdefault(key, (name, at))
            if (other, start) == (name, at) or at < end or (other == name and at - start < least):
                continue
            length = _length(lines[other][start:], own[at:])
            end = at + length - least + 1
            found.append((_place(other, lines[other], start, length), _place(name, own, at, length)))
    return found


def _length(a: list[tuple[int, str]], b: list[tuple[int, str]]) -> int:
    length = 0
    for one, two in zip(a, b, strict=False):
        if one[1] != two[1]:
            break
        length += 1
    return length


def _place(name: str, lines: list[tuple[int, str]], start: int, length: int) -> Place:
    return Place(name, lines[start][0], lines[start + length - 1][0])
