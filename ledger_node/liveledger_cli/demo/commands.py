"""``liveledger demo``, ``up`` and ``down``: real trading days end to end, and a node with its API to play with."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from liveledger.domain.home import DEFAULT_LEDGER, LedgerHome
from liveledger_cli.common.context import (
    HomeOption,
    JsonOption,
    LedgerOption,
    Output,
    PlainConsole,
    QuietOption,
    find_home,
    messages,
)
from liveledger_cli.common.signing_accounts import PassphraseOption, account_store

DEMO_LEDGER = "demo"
ExamplesOption = Annotated[Path | None, typer.Option("--examples", help="Folder of samples [its own]")]
# `demo --reset` deletes a ledger: it must not be the one that every other command takes.
DemoLedgerOption = Annotated[str, typer.Option("--ledger", help="Name of the demo's own ledger")]


def demo(
    home: HomeOption = None,
    ledger: DemoLedgerOption = DEMO_LEDGER,
    examples: ExamplesOption = None,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the demo's ledger first")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave node and API running afterwards")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Play real trading days over a real chain and check the answers (exit 1 when a check does not hold)."""
    # Loaded here, so that every other command starts without the model and the server.
    from liveledger_cli.demo.outcome import print_report
    from liveledger_cli.demo.progress import Stage
    from liveledger_cli.demo.run import reset as reset_demo
    from liveledger_cli.demo.run import run_demo
    from liveledger_cli.demo.settings import DemoSettings

    where = find_home(home, ledger)
    settings = DemoSettings(examples=examples) if examples else DemoSettings()
    if reset:
        reset_demo(where)
    with Stage(messages, quiet=quiet) as stage:
        report = run_demo(where, settings, stage, keep=keep)
    if as_json:
        Output(True).result(report, "")
    else:
        print_report(PlainConsole(highlight=False), report)
    if not report["ok"]:
        raise typer.Exit(1)


def up(
    home: HomeOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Start a node and the API (a new ledger is made and deployed first) and print where they listen.

    For a ledger that it has just made, on this machine and with keys made here, it writes the trust anchor of genesis
    and says so. For one that was there before, or that others founded, it never does: `liveledger trust export`.
    """
    from liveledger.services.deployment import deploy
    from liveledger_cli.demo.stack import start_api, start_node, urls

    where = find_home(home, ledger)
    founded = not where.network.exists()
    start_node(where, lambda line: None if quiet else messages.print(line, markup=False))
    deploy(where, accounts=account_store(where, passphrase_file))
    if founded:
        _trust_own(where, quiet=quiet)
    found = urls(where, start_api(where, passphrase_file)[0])
    named = {"api": found.api, "execution": found.execution, "consensus": found.consensus}
    Output(as_json).result(named, [f"{name:<10} {url}" for name, url in named.items()])


def _trust_own(where: LedgerHome, *, quiet: bool) -> None:
    """The anchor of a genesis that this very command made."""
    from liveledger.chain.rpc.connection import connect
    from liveledger_cli.demo.founding import trust_own_genesis

    with closing(connect(where, node=0)) as connection:
        said = trust_own_genesis(connection)
    if not quiet:
        messages.print(said, markup=False)


def down(home: HomeOption = None, ledger: LedgerOption = DEFAULT_LEDGER, as_json: JsonOption = False) -> None:
    """Stop the API and the node."""
    from liveledger_cli.demo.stack import stop_all

    where: LedgerHome = find_home(home, ledger)
    stopped = stop_all(where)
    Output(as_json).result({"stopped": stopped}, f"stopped: {', '.join(stopped) or 'nothing ran'}")
