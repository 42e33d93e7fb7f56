"""Words that must not be in the tree: unfinished work, swallowed errors, addresses of package registries."""

from __future__ import annotations

import re

from tests.house.tree import tracked

UNFINISHED = re.compile(
    r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|NotImplemented" r"Error|pragma: no " r"cover|assert Tr" r"ue\b"
)
SWALLOWED = re.compile(r"except( Exception)?:\s*(pass)?\s*$")
REGISTRIES = re.compile(
    r"registry\.npmjs|pypi\.org/simple|files\.pythonhosted|proxy\.golang|crates\.io/api|deb\.debian\.org"
)


def _hits(pattern: re.Pattern[str], *suffixes: str) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:90]}"
        for path in tracked(*suffixes)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_unfinished() -> None:
    assert not _hits(UNFINISHED, ".py", ".sol", ".js")


def test_no_error_is_swallowed() -> None:
    assert not _hits(SWALLOWED, ".py")


def test_no_registry_is_named() -> None:
    assert not _hits(REGISTRIES, ".py", ".toml", ".json", ".lock", ".js", ".md", "setup", "run")
