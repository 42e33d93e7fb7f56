"""``liveledger node``: one node of a ledger on this machine."""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.domain.home import LOOPBACK, LedgerHome
from liveledger.node.addresses import host_address, listen_address
from liveledger.node.binaries import find_engines
from liveledger.node.defaults import VALIDATOR_POWER
from liveledger.node.runstate import stop_node
from liveledger_cli.common.context import (
    Output,
    messages,
    read_limited,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import write_and_read
from liveledger_cli.node import maintenance
from liveledger_cli.node.keys import new_key, signer, validator_proof

if TYPE_CHECKING:
    from liveledger.node.control import NodeReport


StateOption = Annotated[str, typer.Option("--state", help="State profile: archive or compact")]
PortOption = Annotated[
    int | None, typer.Option("--base-port", min=1, max=65_526, help="First of ten ports [free ones are chosen]")
]
HostOption = Annotated[str, typer.Option("--host", help="IP address at which the other members reach this node")]
ListenOption = Annotated[
    str | None, typer.Option("--listen", help="IP address on which this node takes peers [that of --host]")
]
STOP_SECONDS = 90.0

node_commands = Commands(help="One node: geth, CometBFT and the bridge.", no_args_is_help=True)
node_commands.command("signer")(signer)
node_commands.command("new-validator-key")(new_key)
node_commands.command("validator-proof")(validator_proof)
maintenance.register(node_commands)


def _say(line: str) -> None:
    messages.print(line, markup=False)


def _silent(_: str) -> None:
    return


@node_commands.command()
def init(
    here: LedgerContext,
    state: StateOption = "archive",
    base_port: PortOption = None,
    host: HostOption = LOOPBACK,
    listen: ListenOption = None,
) -> None:
    """Create a ledger with one validator: keys, genesis, settings."""
    from liveledger.node.network import NewNetwork, create_network

    where, address = here.home, host_address(host)
    plan = NewNetwork(profile=state, base_port=base_port, host=address, listen=listen_address(listen or address))
    network = create_network(where, find_engines(), plan, _silent if here.quiet else _say)
    here.output.result(
        {"home": str(where.directory), "chain_id": network.chain_id, "evm_chain_id": network.evm_chain_id},
        f"ledger {network.chain_id} (EVM chain {network.evm_chain_id}) in {where.directory}",
    )


@node_commands.command()
def card(
    here: LedgerContext,
    host: HostOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the card to this file")],
    listen: ListenOption = None,
    base_port: PortOption = None,
    name: Annotated[str | None, typer.Option(help="What the others call this node [this host's name]")] = None,
    power: Annotated[int, typer.Option(help="Voting power that is asked for", min=1)] = VALIDATOR_POWER,
) -> None:
    """Write this node's card, which the others need; its keys are made if there are none, and stay here."""
    from liveledger.node.descriptors import read_card
    from liveledger.node.founding import CardPlan, make_card

    plan = CardPlan(host, name or _host_name(), listen, base_port, power)
    member = read_card(write_and_read(out, make_card(here.home, plan)))
    here.output.result(
        {"card": str(out), "name": member.name, "node_id": member.node_id, "validator_key": member.validator_key},
        [
            f"card of {member.name} at {member.host}, port {member.consensus_p2p}, in {out}",
            f"validator key {member.validator_key}",
        ],
    )


@node_commands.command()
def join(
    here: LedgerContext,
    package: Annotated[Path, typer.Argument(help="Package of the ledger")],
    state: StateOption = "archive",
) -> None:
    """Make this host's node one of a ledger's: a founder, or a full node without a vote."""
    from liveledger.node.founding import join_ledger
    from liveledger.node.packages import MAX_PACKAGE_BYTES, read_package

    where = here.home
    content = read_package(read_limited(package, MAX_PACKAGE_BYTES))
    network = join_ledger(where, find_engines(), content, state, _silent if here.quiet else _say)
    member = network.member(0)
    vote = f"validator with power {member.power}" if member.power else "full node without a vote"
    here.output.result(
        {
            "home": str(where.directory),
            "chain_id": network.chain_id,
            "evm_chain_id": network.evm_chain_id,
            "fingerprint": content.fingerprint(),
            "name": member.name,
            "power": member.power,
        },
        f"{member.name} is in ledger {network.chain_id} as {vote}; package {content.fingerprint()}",
    )


def _host_name() -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", platform.node())[:63].strip("-.") or "node"


@node_commands.command()
def start(
    here: LedgerContext,
    detach: Annotated[bool, typer.Option("--detach", help="Return once the node makes blocks")] = False,
) -> None:
    """Run a node in the foreground, or in the background with --detach."""
    from liveledger.node.control import run_node, start_detached

    where = here.home
    if not detach:
        run_node(where, here.node, find_engines())
        return
    start_detached(where, [here.node], find_engines(), _silent if here.quiet else _say)
    _print(here.output, where, here.node)


@node_commands.command()
def status(here: LedgerContext) -> None:
    """Say whether a node runs, at which height, and why not (exit 1 when it does not run)."""
    if _print(here.output, here.home, here.node).phase != "running":
        raise typer.Exit(1)


@node_commands.command()
def stop(here: LedgerContext) -> None:
    """Stop a node and its two engines."""
    from liveledger.node.network import Network

    where = here.home
    Network.load(where)
    stopped = stop_node(where.node(here.node), patience=STOP_SECONDS)
    here.output.result({"stopped": stopped}, "stopped" if stopped else "the node was not running")


def _print(output: Output, home: LedgerHome, node: int) -> NodeReport:
    from liveledger.node.control import node_report

    report = node_report(home, node)
    output.result(report.as_dict(), report.line())
    return report
