"""What commands print goes through ``common.context``: there a line stays one line, and nothing steers a terminal."""

from __future__ import annotations

import re

from tests.house.tree import ROOT, tracked

CLI = ROOT / "ledger_node" / "liveledger_cli"
# Other ways to print, and texts that are put together from lines before they are escaped one by one.
AROUND = re.compile(r"typer\.echo|sys\.std(out|err)\.write|(?<![.\w])print\(|\"\\n\"\.join|(?<!Plain)Console\(")
HOME = CLI / "common" / "context.py"
VERSION = "typer.echo(f\"liveledger {metadata.version('liveledger')}\")"


def test_nothing_is_printed_around_the_one_way() -> None:
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in tracked(".py")
        if CLI in path.parents and path != HOME
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if AROUND.search(line) and "b" + '"\\n".join' not in line and line.strip() != VERSION
    ]
    assert not found
