"""``liveledger fsck`` and ``liveledger index``: the derived index, checked and followed."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from liveledger.domain.private_files import replace
from liveledger_cli.common.context import messages
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.progress import blocks_progress

index_commands = Commands(help="The index: derived from finalised blocks, rebuildable.", no_args_is_help=True)


def fsck(here: LedgerContext) -> None:
    """Build the index anew and compare it with the live one and with the chain's storage; exit 1 on a difference."""
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.index.database import index_engine
    from liveledger.index.fsck import fsck as check_index

    place = here.home
    engine = index_engine(place)
    opened = open_ledger(place, node=here.node)
    with blocks_progress("rebuilding", quiet=here.quiet or here.as_json) as progress:
        report = check_index(engine, opened, progress=progress)
    rows, words = sum(report.rows.values()), sum(report.words.values())
    summary = (
        f"block {report.height}: {rows} rows and {words} words of storage compared, {len(report.differences)} differ"
    )
    here.output.result(report.as_dict(), [*report.differences, summary])
    if report.differences:
        raise typer.Exit(1)


@index_commands.command()
def run(here: LedgerContext) -> None:
    """Follow the chain until stopped (SIGINT or SIGTERM)."""
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.index.database import index_engine
    from liveledger.index.follower import Index

    place = here.home
    index = Index(index_engine(place), open_ledger(place, node=here.node))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with blocks_progress("catching up", quiet=here.quiet) as progress:
        height = index.complete(progress=progress)
    if not here.quiet:
        messages.print(f"at block {height}; following", markup=False)
    index.follow(stop)


@index_commands.command()
def status(here: LedgerContext) -> None:
    """Say how far the index is, how far the chain, and what this release cannot answer."""
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.chain.rpc.finality import final_height
    from liveledger.index.database import index_engine
    from liveledger.index.follower import Index

    place = here.home
    opened = open_ledger(place, node=here.node)
    index, final = Index(index_engine(place), opened), final_height(opened)
    height, reached = index.cursor().height, index.family_heights()
    filling = {family: reached[family] for family in index.behind()}
    unanswered = [gap.sentence() for gap in opened.manifest.gaps.values()]
    lines = [f"block {height} of {final}", *(f"{family}: filled to block {at}" for family, at in filling.items())]
    shown = {"height": height, "final": final, "behind": final - height, "filling": filling, "unanswered": unanswered}
    here.output.result(shown, [*lines, *unanswered])


@index_commands.command()
def use(
    here: LedgerContext,
    url_file: Annotated[
        Path | None,
        typer.Argument(
            help="Private file with one line, postgresql://user:password@host:port/database [back to SQLite]"
        ),
    ] = None,
) -> None:
    """Keep the index in a database of PostgreSQL 15 or newer; without a file, in the SQLite file again.

    The index is rebuilt there. What runs goes on with the old one until it is started again.
    """
    from liveledger.index.database import postgresql_engine, read_url, require_database

    place = here.home
    if url_file is None:
        place.index_url.unlink(missing_ok=True)
        where = str(place.index)
    else:
        url = read_url(url_file)
        require_database(postgresql_engine(url))
        replace(place.index_url, url_file.read_bytes())
        where = read_url(place.index_url).render_as_string(hide_password=True)
    here.output.result({"index": where}, f"the index is kept in {where}; start the API again")
