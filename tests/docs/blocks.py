"""Code blocks of README and of the pages: what is in them, and who runs them.

A block of commands is fenced with ``sh``, or with ``console`` where it shows what the commands print: there the lines
after ``$ `` are the commands, and lines that end in a backslash go on. Every other block names its own language. Before
a block of commands may stand, as a comment that nobody sees on the page,

    <!-- not run: REASON -->              another host, systemd, a container engine is needed, or it takes too long
    <!-- run by tests/…/test_NAME.py -->  that test runs it, with a ledger that it has anyway
    <!-- exit 1 -->                       its last command ends so (0 where nothing is said)

A block without one of the first two is run by ``tests/docs/test_pages.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import ROOT

README = ROOT / "README.md"
BESIDE_CODE = ("api/verifier_js/README.md", "tests/proofs/vectors/README.md")
COMMAND_LANGUAGES = frozenset({"sh", "console"})
_FENCE = re.compile(r"^( *)```(.*)$")
_REMARK = re.compile(r"<!-- (not run: .+|run by \S+|exit \d+) -->")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: ``line`` is that of its first line in ``page`` (from 1), ``text`` has no indent."""

    page: Path
    line: int
    language: str
    text: str
    remarks: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where it is, as an editor opens it."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def is_commands(self) -> bool:
        """Whether it holds commands."""
        return self.language in COMMAND_LANGUAGES

    @property
    def script(self) -> str:
        """The commands alone."""
        return self.text if self.language == "sh" else _typed(self.text)

    @property
    def not_run(self) -> str:
        """Why nobody runs it; empty when somebody does."""
        return self._remark("not run: ")

    @property
    def run_by(self) -> str:
        """The test that runs it, by its path; empty for ``tests/docs/test_pages.py``."""
        return self._remark("run by ")

    @property
    def exit_code(self) -> int:
        """What its last command ends with."""
        return int(self._remark("exit ") or 0)

    def _remark(self, start: str) -> str:
        return next((remark.removeprefix(start) for remark in self.remarks if remark.startswith(start)), "")


def pages() -> list[Path]:
    """Every page: those beside README, in docs/ and examples/, and those beside code. CHANGELOG names what is gone."""
    beside = [page for page in sorted(ROOT.glob("*.md")) if page.name != "CHANGELOG.md"]
    folders = [page for name in ("docs", "examples") for page in sorted((ROOT / name).rglob("*.md"))]
    return [*beside, *folders, *(ROOT / page for page in BESIDE_CODE)]


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order. Raises ValueError for one that does not end."""
    found, lines = list[Block](), page.read_text().splitlines()
    at = 0
    while at < len(lines):
        start = _FENCE.match(lines[at])
        at += 1
        if start is None:
            continue
        first, fence = at, f"{start[1]}```"
        while at < len(lines) and lines[at].rstrip() != fence:
            at += 1
        if at == len(lines):
            raise ValueError(f"{page}:{first}: a block that does not end")
        text = "\n".join(line.removeprefix(start[1]) for line in lines[first:at])
        found.append(Block(page, first + 1, start[2].strip(), text, _remarks(lines[: first - 1])))
        at += 1
    return found


def command_blocks(page: Path) -> list[Block]:
    """The blocks of commands of a page, in order."""
    return [block for block in blocks_of(page) if block.is_commands]


def spans_of(page: Path) -> list[tuple[int, str]]:
    """Code in the running text of a page: line and text of each span."""
    found, inside = list[tuple[int, str]](), False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            found += [(number, span) for span in _SPAN.findall(line)]
    return found


def _remarks(before: list[str]) -> tuple[str, ...]:
    """What is said in comments on the lines directly before a block, of which there may be several."""
    said = list[str]()
    for line in reversed(before):
        remark = _REMARK.fullmatch(line.strip())
        if remark is None:
            break
        said.insert(0, remark[1])
    return tuple(said)


def _typed(text: str) -> str:
    """The lines after ``$ `` with those that go on after them."""
    typed, goes_on = list[str](), False
    for line in text.splitlines():
        if goes_on or line.startswith("$ "):
            typed.append(line if goes_on else line.removeprefix("$ "))
            goes_on = line.endswith("\\")
    return "\n".join(typed)
