"""README in Chinese has the structure of the English one, try.html every sentence in both, and today's verifier."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.blocks import blocks_of
from tests.house.tree import ROOT

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
LINK = re.compile(r"\]\(([^)]+)\)")
QUICKSTART = {"python": "examples/quickstart/ask.py", "javascript": "examples/quickstart/ask.mjs"}


def _prose(page: Path) -> list[str]:
    """The page's lines outside its blocks."""
    return re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL).splitlines()


def _levels(page: Path) -> list[int]:
    return [len(line) - len(line.lstrip("#")) for line in _prose(page) if line.startswith("#")]


def _rows(page: Path) -> list[str]:
    """The first cell of each row of commands; of other tables only that there is a row."""
    rows = [line.split("|")[1].strip() for line in _prose(page) if line.startswith("|")]
    return [row if row.startswith("`") else "" for row in rows]


def _links(page: Path) -> list[str]:
    """Where the page leads; pictures of the page's own language (`-zh.`) count as those of the other."""
    return sorted(
        {link.replace("-zh.", "-en.") for link in LINK.findall(page.read_text())} - {ENGLISH.name, CHINESE.name}
    )


def test_pictures_are_of_the_pages_own_language() -> None:
    for page, language in ((ENGLISH, "en"), (CHINESE, "zh")):
        pictures = [link for link in LINK.findall(page.read_text()) if re.search(r"-(en|zh)\.", link)]
        assert pictures
        assert all(f"-{language}." in link and (ROOT / link).is_file() for link in pictures)


def test_headings_tables_and_links_are_alike() -> None:
    assert _levels(CHINESE) == _levels(ENGLISH)
    assert _rows(CHINESE) == _rows(ENGLISH)
    assert _links(CHINESE) == _links(ENGLISH)


def test_blocks_are_the_same() -> None:
    assert [block.text for block in blocks_of(CHINESE)] == [block.text for block in blocks_of(ENGLISH)]
    assert [block.remarks for block in blocks_of(CHINESE)] == [block.remarks for block in blocks_of(ENGLISH)]


@pytest.mark.parametrize("language", QUICKSTART)
def test_the_quick_start_shows_the_files_that_are_run(language: str) -> None:
    (shown,) = [block.text for block in blocks_of(ENGLISH) if block.language == language]
    assert shown.strip() == (ROOT / QUICKSTART[language]).read_text().strip()


def test_try_page_has_both_languages_and_the_verifier_of_today() -> None:
    node, program = ROOT / "node_modules" / ".bin" / "node", ROOT / "api" / "try_page" / "test" / "page.test.js"
    done = subprocess.run([node, "--test", "--test-reporter=tap", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] or done.stderr
