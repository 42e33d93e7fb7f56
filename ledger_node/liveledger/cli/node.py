"""``liveledger node``: one node of a ledger on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger.cli import upkeep
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home, messages
from liveledger.domain.home import LedgerHome
from liveledger.engine.binaries import find_engines
from liveledger.engine.control import NodeReport, node_report, run_node, start_detached
from liveledger.engine.network import Network, NewNetwork, create_network
from liveledger.engine.runstate import stop_node

IndexOption = Annotated[int, typer.Option("--node", help="Number of the node on this machine", min=0)]
StateOption = Annotated[str, typer.Option("--state", help="State profile: archive or compact")]
STOP_SECONDS = 90.0

node_commands = typer.Typer(help="One node: geth, CometBFT and the bridge.", no_args_is_help=True)
upkeep.register(node_commands)


def _say(line: str) -> None:
    messages.print(line, markup=False)


def _silent(_: str) -> None:
    return


@node_commands.command()
def init(
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    state: StateOption = "archive",
    base_port: Annotated[int | None, typer.Option(help="First of ten ports [free ones are chosen]")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Create a ledger with one validator: keys, genesis, settings."""
    where = find_home(home, ledger)
    plan = NewNetwork(profile=state, base_port=base_port)
    network = create_network(where, find_engines(), plan, _silent if quiet else _say)
    Output(as_json).result(
        {"home": str(where.directory), "chain_id": network.chain_id, "evm_chain_id": network.evm_chain_id},
        f"ledger {network.chain_id} (EVM chain {network.evm_chain_id}) in {where.directory}",
    )


@node_commands.command()
def start(
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: IndexOption = 0,
    detach: Annotated[bool, typer.Option("--detach", help="Return once the node makes blocks")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a node in the foreground, or in the background with --detach."""
    where = find_home(home, ledger)
    if not detach:
        run_node(where, node, find_engines())
        return
    start_detached(where, [node], find_engines(), _silent if quiet else _say)
    _print(Output(as_json), where, node)


@node_commands.command()
def status(
    home: HomeOption = None, ledger: LedgerOption = "main", node: IndexOption = 0, as_json: JsonOption = False
) -> None:
    """Say whether a node runs, at which height, and why not (exit 1 when it does not run)."""
    if _print(Output(as_json), find_home(home, ledger), node).phase != "running":
        raise typer.Exit(1)


@node_commands.command()
def stop(
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: IndexOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Stop a node and its two engines."""
    where = find_home(home, ledger)
    Network.load(where)
    stopped = stop_node(where.node(node), patience=STOP_SECONDS)
    Output(as_json).result({"stopped": stopped}, "stopped" if stopped else "the node was not running")


def _print(output: Output, home: LedgerHome, node: int) -> NodeReport:
    report = node_report(home, node)
    output.result(report.as_dict(), report.line())
    return report
