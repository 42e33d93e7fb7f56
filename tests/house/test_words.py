"""Words that must not be in the tree: unfinished work, swallowed errors, addresses of registries, words of old."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, tracked

UNFINISHED = re.compile(
    r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|NotImplemented" r"Error|pragma: no " r"cover|assert Tr" r"ue\b"
)
SWALLOWED = re.compile(r"except( Exception)?:\s*(pass)?\s*$")
REGISTRIES = re.compile(
    r"registry\.npmjs|pypi\.org/simple|files\.pythonhosted|proxy\.golang|crates\.io/api|deb\.debian\.org"
)

# Words that the field does not use so, and what it writes. Names on the chain, fields, labels, commands and codes keep
# theirs: on a page they stand in code, or in the first cell of a table of names.
OF_OLD = {
    r"lanes?": "stock status (of a balance), submission channel (of an account)",
    r"bridges?": "ABCI application, MQTT gateway",
    r"handover": "governance transfer",
    r"(?:node|node's|new) cards?": "node descriptor",
    r"agreed batch(?:es)?": "co-signed batch",
    r"trial": "preflight; to try it",
    r"since ever": "cumulatively",
    r"handed in": "submitted",
    r"none is missing": "verified complete",
    r"made anew": "re-created",
    r"leaves no trace": "every administrative action is logged",
    r"must fit": "must match",
    r"nobody is believed": "recomputes",
    r"places?": "location (of goods), log position (of an entry)",
}
# Records of their time; the commands' own names and lines; figures of a run, by the labels that it printed.
AS_THEY_ARE = ("docs/adr/", "CHANGELOG.md", "docs/commands.md")
CODE = re.compile(
    r"^\s*(`{3,}|~~~).*?^\s*\1\s*$"
    r"|`[^`\n]*`|\]\([^)]*\)"
    # A field of a word on the chain, a kind of source, a label of metrics; then what every writer says.
    r"|place \(uint16\)|kind 1 place|\| place \|"
    r"|\bin(?:to)?(?:\s+(?:the|its|their|this\s+one's))?\s+places?\b|\btakes?(?:\s+\S+){0,3}?\s+place\b",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


def _prose(text: str) -> str:
    """A page without its code and addresses, its lines counted as before."""
    return CODE.sub(lambda code: "\n" * code[0].count("\n"), text)


def _of_old(text: str) -> Iterator[str]:
    """Each word of old in a page's prose: line, word, what to write."""
    prose = _prose(text)
    for pattern, instead in OF_OLD.items():
        for found in re.finditer(rf"\b{pattern.replace(' ', chr(92) + 's+')}\b", prose, re.IGNORECASE):
            yield f"{prose.count(chr(10), 0, found.start()) + 1}: {found[0]!r}: write {instead}"


def _pages() -> list[Path]:
    return [page for page in tracked(".md") if not str(page.relative_to(ROOT)).startswith(AS_THEY_ARE)]


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


def test_pages_say_the_words_of_the_field() -> None:
    assert [f"{page.relative_to(ROOT)}:{hit}" for page in _pages() for hit in _of_old(page.read_text())] == []


def test_words_of_old_are_found_in_prose_alone() -> None:
    assert list(_of_old("one\ntwo since\never")) == ["2: 'since\\never': write cumulatively"]
    assert [hit[:1] for hit in _of_old("```sh\nlane\n```\nA `lane`, [a](bridge.md), the bridge")] == ["4"]
