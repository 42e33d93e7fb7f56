"""``liveledger engine``: the two programs beside the bridge."""

from __future__ import annotations

import os

from liveledger.node.binaries import embedded_version, ensure_engines
from liveledger_cli.common.context import JsonOption, Output, QuietOption, messages
from liveledger_cli.common.ledger_context import Commands

engine_commands = Commands(help="The pinned engines, geth and CometBFT.", no_args_is_help=True)


@engine_commands.callback()
def engine() -> None:
    """The pinned engines, geth and CometBFT."""


@engine_commands.command()
def build(as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Find both engines, or build them with Go, from pinned sources, into the cache."""

    def progress(line: str) -> None:
        if not quiet:
            messages.print(line, markup=False)

    engines = ensure_engines(os.environ, progress)
    found = {
        path.name: {"path": str(path), "version": embedded_version(path)[1]}
        for path in (engines.cometbft, engines.geth)
    }
    text = [f"{name} {entry['version']}  {entry['path']}" for name, entry in found.items()]
    Output(as_json).result(found, text)
