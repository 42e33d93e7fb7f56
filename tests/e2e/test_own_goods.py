"""README.md's way to a verified answer about one's own goods, out of a table (README.zh-CN.md has the same block)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from liveledger.domain.waiting import wait_until
from tests.docs.blocks import README, Block, command_blocks
from tests.docs.running import reader

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
COMMANDS_AT_MOST = 12
# The table's receipts less what it sold.
AVAILABLE = 300 - 12
PATIENCE_SECONDS = 60.0


def own_goods() -> Block:
    """README's block."""
    (block,) = [block for block in command_blocks(README) if block.run_by == "tests/e2e/test_own_goods.py"]
    return block


def test_from_nothing_to_a_verified_answer(tmp_path: Path) -> None:
    block = own_goods()
    commands = block.text.strip().splitlines()
    assert 1 + len(commands) <= COMMANDS_AT_MOST, "with `make setup`"
    with reader(tmp_path) as desk:
        printed = desk.run([block])
        assert "trust anchor:" in printed
        again = dataclasses.replace(block, text=f"{commands[-1]} --json\n")

        def told() -> bool:
            nonlocal printed
            printed = desk.run([again])
            return f'"available": "{AVAILABLE}"' in printed

        wait_until(told, PATIENCE_SECONDS, lambda: AssertionError(printed), pause=1.0)
