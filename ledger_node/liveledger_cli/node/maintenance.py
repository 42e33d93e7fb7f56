"""``liveledger node backup|snapshot|restore|verify-replay``: archives of a node, and the check of its whole chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.domain.errors import InvalidInput
from liveledger.node.binaries import find_engines
from liveledger_cli.common.context import Output, messages
from liveledger_cli.common.ledger_context import Commands, LedgerContext

if TYPE_CHECKING:
    from liveledger.maintenance.backup import Made, Say


OutOption = Annotated[Path, typer.Option("--out", "-o", help="File to write; it must not be there yet")]
RestartOption = Annotated[bool, typer.Option("--restart", help="Stop the node if it runs, and start it again after")]
ArchiveArgument = Annotated[Path, typer.Argument(help="Archive made by `node backup` or `node snapshot`")]
TrustOption = Annotated[Path | None, typer.Option("--trust", "-t", help="Trust anchor; a snapshot needs one")]
PortOption = Annotated[int | None, typer.Option("--base-port", help="First of ten other ports [as before]")]
MAX_ANCHOR_FILE_BYTES = 1 << 18


def backup(
    here: LedgerContext,
    out: OutOption,
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Put the secret keys into it too")] = False,
    retire: Annotated[bool, typer.Option("--retire", help="Hand over: this home never starts the node again")] = False,
    restart: RestartOption = False,
) -> None:
    """Write all that a stopped node is into one archive: chain, outbox, documents, and keys with --with-keys."""
    from liveledger.maintenance.backup import Order, make_archive
    from liveledger.maintenance.manifest import BACKUP

    order = Order(out, BACKUP, keys=with_keys, retire=retire, restart=restart)
    made = make_archive(here.home, here.node, find_engines(), order, _say(here.quiet))
    _print(made, here.as_json)
    if with_keys and not here.quiet:
        messages.print(f"{out} holds secret keys: whoever reads it can sign as this node", markup=False)
    if retire and not here.quiet:
        messages.print("this home is retired: restore the archive in the new one within a day, and once", markup=False)


def snapshot(here: LedgerContext, out: OutOption, restart: RestartOption = False) -> None:
    """Write the chain's data of a stopped node, and nothing private, into one archive for a late joiner."""
    from liveledger.maintenance.backup import Order, make_archive
    from liveledger.maintenance.manifest import SNAPSHOT

    order = Order(out, SNAPSHOT, restart=restart)
    _print(make_archive(here.home, here.node, find_engines(), order, _say(here.quiet)), here.as_json)


def restore_command(
    here: LedgerContext,
    archive: ArchiveArgument,
    node: Annotated[int | None, typer.Option("--node", help="Number of the node [the archive's]", min=0)] = None,
    trust: TrustOption = None,
    base_port: PortOption = None,
    old_machine_gone: Annotated[
        bool, typer.Option("--old-machine-gone", help="I know that no other machine runs, or will run, with this key")
    ] = False,
    accept_lost_blocks: Annotated[
        bool, typer.Option("--accept-lost-blocks", help="... and that blocks after the archive's may be lost")
    ] = False,
) -> None:
    """Restore a node from an archive: all is checked first, then put in place in one step. The node must not run."""
    from liveledger.maintenance import restore

    if accept_lost_blocks and not old_machine_gone:
        raise InvalidInput("--accept-lost-blocks goes with --old-machine-gone")
    wish = restore.Wish(
        archive,
        node=node,
        base_port=base_port,
        trust=_read_trust(trust),
        gone=old_machine_gone,
        lost=accept_lost_blocks,
    )
    done = restore.restore(here.home, find_engines(), wish, _say(here.quiet))
    lines = [f"node {done.node} of {done.chain_id} is at block {done.height}"]
    if done.signs_from:
        lines.append(f"it signs nothing below height {done.signs_from}: what the old machine signed is not known")
    if done.kept:
        lines.append(f"left as they were: {', '.join(done.kept)}")
    here.output.result(done.as_dict(), lines)


def verify_replay(
    here: LedgerContext,
    against: Annotated[
        Path | None, typer.Option("--against", help="Archive whose newest block must be on the chain")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Replay with this state profile [the node's own]")
    ] = None,
) -> None:
    """Replay a stopped node's whole chain into an empty engine and compare every block (exit 1 when one differs)."""
    from liveledger.maintenance import replay

    done = replay.verify_replay(here.home, here.node, find_engines(), _say(here.quiet), against=against, profile=state)
    text = f"{done.height} blocks are the same, the newest {done.block_hash}; {done.seconds:.1f} s"
    here.output.result(done.as_dict(), text)


def register(commands: Commands) -> None:
    """Adds the commands to ``liveledger node``."""
    commands.command("backup")(backup)
    commands.command("snapshot")(snapshot)
    commands.command("restore")(restore_command)
    commands.command("verify-replay")(verify_replay)


def _say(quiet: bool) -> Say:
    def say(line: str) -> None:
        if not quiet:
            messages.print(line, markup=False)

    return say


def _print(made: Made, as_json: bool) -> None:
    seen = made.manifest
    text = f"{made.path}: {seen.kind} of {seen.chain_id} at block {seen.height}, {made.size / 1e6:.1f} MB"
    Output(as_json).result(made.as_dict(), text)


def _read_trust(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(MAX_ANCHOR_FILE_BYTES + 1)
    except OSError as trouble:
        raise InvalidInput(f"{path} cannot be read: {trouble.strerror}") from None
