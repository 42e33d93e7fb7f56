"""``liveledger network``: several validators of one ledger on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home, messages
from liveledger.domain.errors import ConfigurationError
from liveledger.engine.binaries import find_engines
from liveledger.engine.control import start_detached
from liveledger.engine.network import Network, NewNetwork, create_network
from liveledger.engine.network_status import network_report
from liveledger.engine.runstate import stop_node

STOP_SECONDS = 90.0

network_commands = typer.Typer(help="Several validators on one machine.", no_args_is_help=True)


@network_commands.command()
def up(
    validators: Annotated[int, typer.Option(help="Number of validators", min=1)] = 4,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    state: Annotated[str, typer.Option(help="State profile: archive or compact")] = "archive",
    base_port: Annotated[int | None, typer.Option(help="First port [free ones are chosen]")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Create the ledger if it is not there, and start all its nodes in the background."""

    def say(line: str) -> None:
        if not quiet:
            messages.print(line, markup=False)

    where, engines = find_home(home, ledger), find_engines()
    if not where.network.exists():
        create_network(where, engines, NewNetwork(validators, state, base_port), say)
    count = len(Network.load(where).nodes)
    if count != validators:
        raise ConfigurationError(
            f"ledger {ledger!r} has {count} validator(s), not {validators}", hint="choose another --ledger or --home"
        )
    start_detached(where, range(count), engines, say)
    report = network_report(where)
    Output(as_json).result(report.as_dict(), report.text())


@network_commands.command()
def status(home: HomeOption = None, ledger: LedgerOption = "main", as_json: JsonOption = False) -> None:
    """Heights, lag, power, version, peers, last proposer and disk of every node (exit 1 when one does not run)."""
    report = network_report(find_home(home, ledger))
    Output(as_json).result(report.as_dict(), report.text())
    if not report.healthy:
        raise typer.Exit(1)


@network_commands.command()
def down(home: HomeOption = None, ledger: LedgerOption = "main", as_json: JsonOption = False) -> None:
    """Stop all nodes."""
    where = find_home(home, ledger)
    count = len(Network.load(where).nodes)
    stopped = [index for index in range(count) if stop_node(where.node(index), patience=STOP_SECONDS)]
    Output(as_json).result({"stopped": stopped}, f"{len(stopped)} node(s) stopped")
