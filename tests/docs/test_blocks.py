"""Every page: blocks name their language, commands are run or say why not, and all of them exist with their options."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks_of, command_blocks, pages, spans_of
from tests.docs.commands import complaints
from tests.docs.wrapping import pages as every_page
from tests.docs.wrapping import twice, wrapped

LANGUAGES = frozenset({"sh", "console", "json", "text", "toml", "ini", "yaml", "nft", "python", "javascript", "csv"})
# Pages with blocks that tests/docs/test_pages.py runs.
RUN_ALONE = frozenset(
    {
        "docs/corrections.md",
        "docs/epcis.md",
        "docs/governance.md",
        "docs/keys.md",
        "docs/node-life.md",
        "docs/reconcile.md",
        "examples/messages/README.md",
    }
)
TEST = re.compile(r"(?<![\w/])tests/[\w/*-]+\.py")
BLOCKS = [block for page in pages() for block in blocks_of(page)]
COMMANDS = [block for block in BLOCKS if block.is_commands]


def _name(value: object) -> str:
    return value.place if isinstance(value, Block) else str(value)


@pytest.mark.parametrize("block", BLOCKS, ids=_name)
def test_a_block_names_its_language(block: Block) -> None:
    assert block.language in LANGUAGES


@pytest.mark.parametrize("block", COMMANDS, ids=_name)
def test_commands_exist_with_their_options(block: Block) -> None:
    assert not complaints(block.script)


@pytest.mark.parametrize("block", COMMANDS, ids=_name)
def test_somebody_runs_it_or_it_says_why_not(block: Block) -> None:
    page = str(block.page.relative_to(ROOT))
    if block.run_by:
        assert page in (ROOT / block.run_by).read_text(), f"{block.run_by} does not name {page}"
    elif not block.not_run:
        assert page in RUN_ALONE


@pytest.mark.parametrize("page", pages(), ids=_name)
def test_a_page_names_tests_that_there_are(page: Path) -> None:
    missing = [name for name in TEST.findall(page.read_text()) if not list(ROOT.glob(name))]
    assert not missing


def test_console_shows_commands_and_sh_no_prompt() -> None:
    for block in COMMANDS:
        assert block.script.strip(), block.place
        assert not block.script.startswith("$"), block.place


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "json"], ids=_name)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("page", pages(), ids=_name)
def test_commands_in_running_text_exist_with_their_options(page: Path) -> None:
    spans = [(line, span) for line, span in spans_of(page) if span.split(" ")[0] in {"liveledger", "make"}]
    wrong = [f"{page.name}:{line}: {said}" for line, span in spans for said in complaints(span, whole=False)]
    assert not wrong


def test_a_page_without_commands_is_no_page_that_is_run() -> None:
    for page in RUN_ALONE:
        alone = [block for block in command_blocks(ROOT / page) if not block.run_by and not block.not_run]
        assert alone, page


@pytest.mark.parametrize("page", every_page(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_wraps_and_says_nothing_twice(page: Path) -> None:
    """After a rebase a page may have both sides of a conflict: look for that before it is wrapped again."""
    text = page.read_text()
    assert wrapped(text) == text, "run `python -m tests.docs.wrapping`"
    assert not twice(text)
