"""``liveledger network``: the nodes of one ledger on this machine, and what the nodes on other hosts need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.domain.errors import ConfigurationError
from liveledger.node.binaries import find_engines
from liveledger.node.runstate import stop_node
from liveledger_cli.common.context import (
    Output,
    messages,
    read_limited,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import write_and_read

if TYPE_CHECKING:
    from liveledger.node.packages import Package


STOP_SECONDS = 90.0
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Write the package to this file")]

network_commands = Commands(help="The nodes on this machine; packages for other hosts.", no_args_is_help=True)


@network_commands.command()
def up(
    here: LedgerContext,
    validators: Annotated[int, typer.Option(help="Number of validators", min=1)] = 4,
    state: Annotated[str, typer.Option(help="State profile: archive or compact")] = "archive",
    base_port: Annotated[int | None, typer.Option(help="First port [free ones are chosen]")] = None,
) -> None:
    """Create the ledger if it is not there, and start all its nodes in the background."""
    from liveledger.node.control import start_detached
    from liveledger.node.network import Network, NewNetwork, create_network
    from liveledger.node.network_status import network_report

    def say(line: str) -> None:
        if not here.quiet:
            messages.print(line, markup=False)

    where, engines = here.home, find_engines()
    if not where.network.exists():
        create_network(where, engines, NewNetwork(validators, state, base_port), say)
    network = Network.load(where)
    count = len(network.local)
    if count != validators:
        other = "start the node of this host with `liveledger node start`"
        raise ConfigurationError(
            f"ledger {here.ledger!r} has {count} node(s) here, not {validators}",
            hint=other if network.hosted else "choose another --ledger or --home",
        )
    start_detached(where, range(count), engines, say)
    report = network_report(where)
    here.output.result(report.as_dict(), report.lines())


@network_commands.command()
def status(here: LedgerContext) -> None:
    """Heights, lag, power, version, peers, last proposer and disk of every node (exit 1 when one does not run)."""
    from liveledger.node.network_status import network_report

    report = network_report(here.home)
    here.output.result(report.as_dict(), report.lines())
    if not report.healthy:
        raise typer.Exit(1)


@network_commands.command()
def down(here: LedgerContext) -> None:
    """Stop all nodes."""
    from liveledger.node.network import Network

    where = here.home
    count = len(Network.load(where).local)
    stopped = [index for index in range(count) if stop_node(where.node(index), patience=STOP_SECONDS)]
    here.output.result({"stopped": stopped}, f"{len(stopped)} node(s) stopped")


@network_commands.command()
def compose(
    here: LedgerContext,
    cards: Annotated[list[Path], typer.Argument(help="Cards of all founders' nodes")],
    out: OutOption,
) -> None:
    """Found a ledger on several hosts: make the package from the founders' cards, keep the administrator's key here."""
    from liveledger.node.descriptors import MAX_CARD_BYTES
    from liveledger.node.founding import compose_package

    contents = [read_limited(path, MAX_CARD_BYTES) for path in cards]
    package = compose_package(here.home, find_engines(), contents)
    _hand_out(package, out, here.output)


@network_commands.command()
def export(here: LedgerContext, out: OutOption) -> None:
    """Write the ledger's package again, from any host: the same on all of them."""
    from liveledger.node.founding import export_package

    _hand_out(export_package(here.home), out, here.output)


def _hand_out(package: Package, out: Path, output: Output) -> None:
    from liveledger.node.packages import read_package

    written = read_package(write_and_read(out, package.write()))
    network, fingerprint = written.network, written.fingerprint()
    founders = [
        f"  {member.name}  {member.host}  power {member.power}  key {member.validator_key}" for member in network.nodes
    ]
    output.result(
        {"package": str(out), "chain_id": network.chain_id, "fingerprint": fingerprint, "founders": len(founders)},
        (f"package of {network.chain_id} in {out}", *founders, f"fingerprint {fingerprint}"),
    )
