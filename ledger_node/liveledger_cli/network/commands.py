"""``liveledger network``: the nodes of one ledger on this machine, and what the nodes on other hosts need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveledger.domain.errors import ConfigurationError
from liveledger.node.binaries import find_engines
from liveledger.node.control import start_detached
from liveledger.node.descriptors import MAX_CARD_BYTES
from liveledger.node.founding import compose_package, export_package
from liveledger.node.network import Network, NewNetwork, create_network
from liveledger.node.network_status import network_report
from liveledger.node.packages import Package, read_package
from liveledger.node.runstate import stop_node
from liveledger_cli.common.context import (
    HomeOption,
    JsonOption,
    LedgerOption,
    Output,
    QuietOption,
    find_home,
    messages,
    read_limited,
)
from liveledger_cli.common.read_back import write_and_read

STOP_SECONDS = 90.0
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Write the package to this file")]

network_commands = typer.Typer(help="The nodes on this machine; packages for other hosts.", no_args_is_help=True)


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
    network = Network.load(where)
    count = len(network.local)
    if count != validators:
        other = "start the node of this host with `liveledger node start`"
        raise ConfigurationError(
            f"ledger {ledger!r} has {count} node(s) here, not {validators}",
            hint=other if network.hosted else "choose another --ledger or --home",
        )
    start_detached(where, range(count), engines, say)
    report = network_report(where)
    Output(as_json).result(report.as_dict(), report.lines())


@network_commands.command()
def status(home: HomeOption = None, ledger: LedgerOption = "main", as_json: JsonOption = False) -> None:
    """Heights, lag, power, version, peers, last proposer and disk of every node (exit 1 when one does not run)."""
    report = network_report(find_home(home, ledger))
    Output(as_json).result(report.as_dict(), report.lines())
    if not report.healthy:
        raise typer.Exit(1)


@network_commands.command()
def down(home: HomeOption = None, ledger: LedgerOption = "main", as_json: JsonOption = False) -> None:
    """Stop all nodes."""
    where = find_home(home, ledger)
    count = len(Network.load(where).local)
    stopped = [index for index in range(count) if stop_node(where.node(index), patience=STOP_SECONDS)]
    Output(as_json).result({"stopped": stopped}, f"{len(stopped)} node(s) stopped")


@network_commands.command()
def compose(
    cards: Annotated[list[Path], typer.Argument(help="Cards of all founders' nodes")],
    out: OutOption,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
) -> None:
    """Found a ledger on several hosts: make the package from the founders' cards, keep the administrator's key here."""
    contents = [read_limited(path, MAX_CARD_BYTES) for path in cards]
    package = compose_package(find_home(home, ledger), find_engines(), contents)
    _hand_out(package, out, Output(as_json))


@network_commands.command()
def export(out: OutOption, home: HomeOption = None, ledger: LedgerOption = "main", as_json: JsonOption = False) -> None:
    """Write the ledger's package again, from any host: the same on all of them."""
    _hand_out(export_package(find_home(home, ledger)), out, Output(as_json))


def _hand_out(package: Package, out: Path, output: Output) -> None:
    written = read_package(write_and_read(out, package.write()))
    network, fingerprint = written.network, written.fingerprint()
    founders = [
        f"  {member.name}  {member.host}  power {member.power}  key {member.validator_key}" for member in network.nodes
    ]
    output.result(
        {"package": str(out), "chain_id": network.chain_id, "fingerprint": fingerprint, "founders": len(founders)},
        (f"package of {network.chain_id} in {out}", *founders, f"fingerprint {fingerprint}"),
    )
