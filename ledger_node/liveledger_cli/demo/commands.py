"""``liveledger demo``, ``up`` and ``down``: real trading days end to end, and a node with its API to play with."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from liveledger.domain.home import LedgerHome
from liveledger_cli.common.context import PlainConsole, messages
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.signing_accounts import PassphraseOption, account_store

DEMO_LEDGER = "demo"
ExamplesOption = Annotated[Path | None, typer.Option("--examples", help="Folder of samples [its own]")]
# `demo --reset` deletes a ledger: it must not be the one that every other command takes.
DemoLedgerOption = Annotated[str, typer.Option("--ledger", help="Name of the demo's own ledger")]


def demo(
    here: LedgerContext,
    ledger: DemoLedgerOption = DEMO_LEDGER,
    examples: ExamplesOption = None,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the demo's ledger first")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave node and API running afterwards")] = False,
) -> None:
    """Play real trading days over a real chain and check the answers (exit 1 when a check does not hold)."""
    # Loaded here, so that every other command starts without the model and the server.
    from liveledger_cli.demo.outcome import print_report
    from liveledger_cli.demo.progress import Stage
    from liveledger_cli.demo.run import reset as reset_demo
    from liveledger_cli.demo.run import run_demo
    from liveledger_cli.demo.settings import DemoSettings

    where = LedgerHome.find(ledger, here.folder)
    settings = DemoSettings(examples=examples) if examples else DemoSettings()
    if reset:
        reset_demo(where)
    with Stage(messages, quiet=here.quiet) as stage:
        report = run_demo(where, settings, stage, keep=keep)
    if here.as_json:
        here.output.result(report, "")
    else:
        print_report(PlainConsole(highlight=False), report)
    if not report["ok"]:
        raise typer.Exit(1)


def up(here: LedgerContext, passphrase_file: PassphraseOption = None) -> None:
    """Start a node and the API (a new ledger is made and deployed first) and print where they listen.

    For a ledger that it has just made, on this machine and with keys made here, it writes the trust anchor of genesis
    and says so. For one that was there before, or that others founded, it never does: `liveledger trust export`.
    """
    from liveledger.services.deployment import deploy
    from liveledger_cli.demo.stack import start_api, start_node, urls

    where = here.home
    founded = not where.network.exists()
    start_node(where, lambda line: None if here.quiet else messages.print(line, markup=False))
    deploy(where, accounts=account_store(where, passphrase_file))
    if founded:
        _trust_own(where, quiet=here.quiet)
    found = urls(where, start_api(where, passphrase_file)[0])
    named = {"api": found.api, "execution": found.execution, "consensus": found.consensus}
    here.output.result(named, [f"{name:<10} {url}" for name, url in named.items()])


def _trust_own(where: LedgerHome, *, quiet: bool) -> None:
    """The anchor of a genesis that this very command made."""
    from liveledger.chain.rpc.connection import connect
    from liveledger_cli.demo.founding import trust_own_genesis

    with closing(connect(where, node=0)) as connection:
        said = trust_own_genesis(connection)
    if not quiet:
        messages.print(said, markup=False)


def down(here: LedgerContext) -> None:
    """Stop the API and the node."""
    from liveledger_cli.demo.stack import stop_all

    where: LedgerHome = here.home
    stopped = stop_all(where)
    here.output.result({"stopped": stopped}, f"stopped: {', '.join(stopped) or 'nothing ran'}")
