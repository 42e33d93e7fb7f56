"""Entry point of ``liveledger``: assembles the commands and turns errors into exit codes."""

from __future__ import annotations

import json
import sys

import typer

from liveledger.cli.api import api_commands
from liveledger.cli.context import messages
from liveledger.cli.demo import demo, down, up
from liveledger.cli.deploy import deploy
from liveledger.cli.doctor import doctor
from liveledger.cli.engine import engine_commands
from liveledger.cli.fsck import fsck, index_commands
from liveledger.cli.item import item_commands
from liveledger.cli.movement import movement_commands
from liveledger.cli.network import network_commands
from liveledger.cli.node import node_commands
from liveledger.cli.stock import stock_commands
from liveledger.domain.errors import LiveLedgerError

CONTEXT = {"help_option_names": ["-h", "--help"]}

commands = typer.Typer(
    name="liveledger",
    help="A consortium ledger whose answers prove themselves.",
    no_args_is_help=True,
    context_settings=CONTEXT,
    pretty_exceptions_enable=False,
    add_completion=False,
)
commands.command()(doctor)
commands.command()(deploy)
commands.command()(fsck)
commands.command()(demo)
commands.command()(up)
commands.command()(down)
commands.add_typer(api_commands, name="api")
commands.add_typer(engine_commands, name="engine")
commands.add_typer(index_commands, name="index")
commands.add_typer(item_commands, name="item")
commands.add_typer(movement_commands, name="movement")
commands.add_typer(network_commands, name="network")
commands.add_typer(node_commands, name="node")
commands.add_typer(stock_commands, name="stock")


def report(error: LiveLedgerError) -> int:
    """Prints an error (as JSON when ``--json`` was given) and returns the exit code."""
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False, default=str) + "\n")
    messages.print(f"[red]error[/red] ({error.stable_code}): {error.message}", markup=True)
    if error.hint:
        messages.print(f"  hint: {error.hint}", markup=False)
    return error.exit_code


def app() -> None:
    """Runs the command line. Exit codes: 0 ok, 1 negative verdict, 2 usage, 3 not found, 4 internal."""
    try:
        commands()
    except LiveLedgerError as error:
        sys.exit(report(error))


if __name__ == "__main__":
    app()
