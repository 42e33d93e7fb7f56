"""``liveledger fsck`` and ``liveledger index``: the derived index, checked and followed."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.home import DEFAULT_LEDGER
from liveledger.domain.private_files import replace
from liveledger.index.database import index_engine, postgresql_engine, read_url, require_database
from liveledger.index.follower import Index
from liveledger.index.fsck import fsck as check_index
from liveledger_cli.common.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, find_home, messages
from liveledger_cli.common.progress import blocks_progress

index_commands = typer.Typer(help="The index: derived from finalised blocks, rebuildable.", no_args_is_help=True)

NodeOption = Annotated[
    int, typer.Option("--node", envvar="LIVELEDGER_NODE", min=0, help="Number of the node on this machine")
]


def fsck(
    home: HomeOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    node: NodeOption = 0,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Build the index anew and compare it with the live one and with the chain's storage; exit 1 on a difference."""
    place = find_home(home, ledger)
    engine = index_engine(place)
    opened = open_ledger(place, node=node)
    with blocks_progress("rebuilding", quiet=quiet or as_json) as progress:
        report = check_index(engine, opened, progress=progress)
    rows, words = sum(report.rows.values()), sum(report.words.values())
    summary = (
        f"block {report.height}: {rows} rows and {words} words of storage compared, {len(report.differences)} differ"
    )
    Output(as_json).result(report.as_dict(), [*report.differences, summary])
    if report.differences:
        raise typer.Exit(1)


@index_commands.command()
def run(
    home: HomeOption = None, ledger: LedgerOption = DEFAULT_LEDGER, node: NodeOption = 0, quiet: QuietOption = False
) -> None:
    """Follow the chain until stopped (SIGINT or SIGTERM)."""
    place = find_home(home, ledger)
    index = Index(index_engine(place), open_ledger(place, node=node))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with blocks_progress("catching up", quiet=quiet) as progress:
        height = index.complete(progress=progress)
    if not quiet:
        messages.print(f"at block {height}; following", markup=False)
    index.follow(stop)


@index_commands.command()
def status(
    home: HomeOption = None, ledger: LedgerOption = DEFAULT_LEDGER, node: NodeOption = 0, as_json: JsonOption = False
) -> None:
    """Say how far the index is, and how far the chain."""
    place = find_home(home, ledger)
    opened = open_ledger(place, node=node)
    index, final = Index(index_engine(place), opened), final_height(opened)
    height, reached = index.cursor().height, index.family_heights()
    filling = {family: reached[family] for family in index.behind()}
    lines = [f"block {height} of {final}", *(f"{family}: filled to block {at}" for family, at in filling.items())]
    Output(as_json).result({"height": height, "final": final, "behind": final - height, "filling": filling}, lines)


@index_commands.command()
def use(
    url_file: Annotated[
        Path | None,
        typer.Argument(
            help="Private file with one line, postgresql://user:password@host:port/database [back to SQLite]"
        ),
    ] = None,
    home: HomeOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    as_json: JsonOption = False,
) -> None:
    """Keep the index in a database of PostgreSQL 15 or newer; without a file, in the SQLite file again.

    The index is rebuilt there. What runs goes on with the old one until it is started again.
    """
    place = find_home(home, ledger)
    if url_file is None:
        place.index_url.unlink(missing_ok=True)
        where = str(place.index)
    else:
        url = read_url(url_file)
        require_database(postgresql_engine(url))
        replace(place.index_url, url_file.read_bytes())
        where = read_url(place.index_url).render_as_string(hide_password=True)
    Output(as_json).result({"index": where}, f"the index is kept in {where}; start the API again")
