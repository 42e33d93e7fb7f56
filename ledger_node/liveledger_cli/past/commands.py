"""``liveledger past``: the hashes of old blocks, by which old answers are proven under new headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from liveledger.domain.block_hashes import HASHES_A_BATCH, complete_batches, has_left
from liveledger_cli.common.connections import connected, sending
from liveledger_cli.common.context import messages
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.signing_accounts import PassphraseOption, use_passphrase_file

if TYPE_CHECKING:
    from liveledger.services.block_hashes import Step


past_commands = Commands(help="Hashes of old blocks, kept on the chain.", no_args_is_help=True)


@past_commands.callback()
def past(context: typer.Context, passphrase_file: PassphraseOption = None) -> None:
    """Hashes of old blocks, kept on the chain."""
    use_passphrase_file(context, passphrase_file)


@past_commands.command()
def status(here: LedgerContext) -> None:
    """Say which batches of 1,024 blocks are archived. Exit 1 when one is missing that has left the engine's window."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.block_hashes import missing_batches

    with connected(here) as connection:
        height = final_height(connection)
        missing = missing_batches(connection, height)
    complete = complete_batches(height)
    left = [batch for batch in missing if has_left(batch * HASHES_A_BATCH, height)]
    told = {"height": height, "complete": complete, "missing": _texts(missing), "left_the_window": _texts(left)}
    lines = [f"block {height}: {complete - len(missing)} of {complete} batches of {HASHES_A_BATCH} blocks are archived"]
    lines += [f"missing: {', '.join(map(str, missing))}"] if missing else []
    lines += [f"of these {', '.join(map(str, left))} take headers: `liveledger past archive`"] if left else []
    here.output.result(told, lines)
    if left:
        raise typer.Exit(1)


@past_commands.command(acts_as="operator")
def archive(here: LedgerContext) -> None:
    """Archive every batch that is missing; one that has left the engine's window takes eight transactions."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.block_hashes import archive_missing

    with sending(here) as sender:
        done = archive_missing(sender, _silent if here.quiet else _say)
        height = final_height(sender.connection)
    text = f"archived: {', '.join(map(str, done))}" if done else "no batch was missing"
    here.output.result({"archived": _texts(done), "height": height}, text)


def _texts(batches: list[int]) -> list[str]:
    """Numbers of batches, as JSON has numbers of the ledger."""
    return list(map(str, batches))


def _say(step: Step) -> None:
    messages.print(f"batch {step.batch}: {step.left} blocks are missing", markup=False)


def _silent(_: Step) -> None:
    return
