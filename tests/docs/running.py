"""Runs blocks of commands as a reader would: in one shell, in a folder that looks like the checkout.

    with reader(tmp_path) as desk:
        desk.run(command_blocks(README), {"GLN": "6901234000016"})

What the commands write lands in the folder, ledgers below its ``ledgers``; all nodes and APIs are stopped at the end.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from liveledger.domain.home import LedgerHome
from liveledger.node import runstate
from liveledger_api.runfile import running
from tests.docs.blocks import Block
from tests.house.tree import ROOT
from tests.unit.keys.support import PASSPHRASE, private_file

SECONDS = 900
_STOP_SECONDS = 60.0
_LEFT_OUT = frozenset({".git"})


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a reader works: ``folder``, with the ledgers in ``home``; ``before`` is put before the shell's command."""

    folder: Path
    home: Path
    before: tuple[str, ...] = ()

    def run(self, blocks: Sequence[Block], values: Mapping[str, str] | None = None) -> str:
        """Runs blocks one after the other in one shell; what they print, both streams.

        ``values`` stands for words that a reader replaces. Fails with the block in which a command fails, and where
        the lines that a block shows are not what its commands print.
        """
        return self.start(blocks, values).result()

    def start(self, blocks: Sequence[Block], values: Mapping[str, str] | None = None) -> Run:
        """Starts the same without waiting for its end."""
        out = self.folder / f"shell-{len(list(self.folder.glob('shell-*')))}.txt"
        command = [*self.before, "bash", "-c", script_of(blocks, values or {})]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        secret = self.folder / "passphrase"
        if not secret.exists():
            private_file(secret, PASSPHRASE.encode())
        environment = os.environ | {"LIVELEDGER_HOME": str(self.home), "LIVELEDGER_PASSPHRASE_FILE": str(secret)}
        environment |= {"PATH": path, "NO_COLOR": "1", "COLUMNS": "300"}
        with out.open("wb") as file:  # no pipe: a node that goes on would keep it open
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        return Run(tuple(blocks), process, out)


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks that a shell is at."""

    blocks: tuple[Block, ...]
    process: subprocess.Popen[bytes]
    out: Path

    def result(self) -> str:
        """What they printed; fails when a command failed or printed something else than its block shows."""
        try:
            code = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        printed = self.out.read_text()
        assert code == 0, f"ended with {code} in the last of these blocks:\n{printed}"
        for block in self.blocks:
            unlike = missing_lines(block, printed)
            assert not unlike, f"{block.place} shows {unlike}, printed was\n{printed}"
        return printed


@contextlib.contextmanager
def reader(folder: Path) -> Iterator[Desk]:
    """A desk in an empty folder; what runs in its ledgers is stopped at the end."""
    furnish(folder)
    home = folder / "ledgers"
    try:
        yield Desk(folder, home)
    finally:
        for network in home.glob("*/network.json"):
            stop(LedgerHome(home, network.parent.name))


def furnish(folder: Path) -> None:
    """Links to everything in the checkout, as one who works in it sees it."""
    for entry in ROOT.iterdir():
        if entry.name not in _LEFT_OUT:
            (folder / entry.name).symlink_to(entry)


def stop(home: LedgerHome) -> None:
    """Stops the API and every node of a ledger."""
    api = running(home)
    if api is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(api.pid, 15)
    for node in sorted((home.directory / "nodes").glob("node*")):
        runstate.stop_node(home.node(int(node.name.removeprefix("node"))), patience=_STOP_SECONDS)


def script_of(blocks: Sequence[Block], values: Mapping[str, str]) -> str:
    """One script that ends with the first command that fails, and says before each block where it stands."""
    parts = ["set -euo pipefail"]
    for block in blocks:
        text = replaced(block.script, values)
        parts.append(f"echo '# {block.place}'")
        if block.exit_code:
            *start, last = text.rstrip().replace("\\\n", " ").splitlines()
            text = "\n".join([*start, f"code=0; {{ {last.partition(' #')[0]}; }} || code=$?"])
            text += f'\n[ "$code" = {block.exit_code} ] || {{ echo "ended with $code"; exit 1; }}'
        parts.append(text)
    return "\n".join(parts)


def replaced(text: str, values: Mapping[str, str]) -> str:
    """``text`` with words of ``values`` for what a reader replaces: whole words, the longest first."""
    for word in sorted(values, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", lambda _, word=word: values[word], text)  # type: ignore[misc]
    return text


def missing_lines(block: Block, printed: str) -> list[str]:
    """Lines that a block shows and that nothing printed looks like: words with a digit in them may differ."""
    if block.language != "console":
        return []
    said = [" ".join(line.split()) for line in printed.splitlines()]
    return [line for line in _shown(block) if not any(_pattern(line).fullmatch(other) for other in said)]


def _shown(block: Block) -> list[str]:
    typed = set(block.script.splitlines())
    lines = [line for line in block.text.splitlines() if line.removeprefix("$ ") not in typed]
    return [line for line in lines if line.strip(" …")]


def _pattern(line: str) -> re.Pattern[str]:
    words = [r"\S+" if any(sign.isdigit() for sign in word) else re.escape(word) for word in line.split()]
    return re.compile(" ".join(words))
