"""``liveledger correction``: what two organisations agree to correct or undo, shown before either signs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveledger.chain.accounts.accounts import address_of
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.movements import Movement, unpack
from liveledger.rules.compensation import undo as undo_movements
from liveledger.rules.stock_state import ADJUSTMENTS, RULES
from liveledger_cli.common.connections import indexed
from liveledger_cli.common.context import read_limited
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import write_and_read
from liveledger_cli.common.signing_accounts import PassphraseOption, accounts_of, use_passphrase_file
from liveledger_cli.correction.listing import limit, list_corrections
from liveledger_cli.member.propose import hex_argument

if TYPE_CHECKING:
    from liveledger.chain.contracts.ledger import Ledger
    from liveledger.services.cosigned import AgreedBatch, Correction
    from liveledger_cli.correction.preview import Posted

    Compose = Callable[[Ledger, bytes], Sequence[Correction]]
    """The movements of a correction that an account (20 bytes) is to post."""


FileArgument = Annotated[Path, typer.Argument(help="File of the correction", dir_okay=False)]
OutOption = Annotated[Path, typer.Option("--out", help="Write the correction to this file", dir_okay=False)]
WHY = "Why: stays off the chain, committed to by its hash"
ReasonOption = Annotated[str, typer.Option("--reason", help=WHY)]
MessagesOption = Annotated[
    Path | None,
    typer.Option("--file", help="Instead: NDJSON of movement messages, as of `reconcile --propose`", dir_okay=False),
]
DaysOption = Annotated[int, typer.Option("--valid-days", help="Days that the second party has", min=1, max=90)]
_DAY = 86_400
_ADDRESS_BYTES = 20

correction_commands = Commands(
    help="Undo movements, or adjust over the daily limit: previewed, signed by two organisations.",
    no_args_is_help=True,
)
correction_commands.command("limit")(limit)
correction_commands.command("list")(list_corrections)


@correction_commands.callback()
def correction(context: typer.Context, passphrase_file: PassphraseOption = None) -> None:
    """Undo movements, or adjust over the daily limit: previewed, signed by two organisations."""
    use_passphrase_file(context, passphrase_file)


@correction_commands.command()
def undo(
    here: LedgerContext,
    poster: Annotated[str, typer.Argument(help="Account that posted the batch (0x…)")],
    lane: Annotated[int, typer.Argument(help="Lane of the batch", min=0)],
    sequence: Annotated[int, typer.Argument(help="Number of the batch on its lane", min=0)],
    out: OutOption,
    reason: ReasonOption,
    index: Annotated[list[int] | None, typer.Option("--index", help="Only this movement of the batch [all]")] = None,
    days: DaysOption = 7,
) -> None:
    """Draft what undoes a posted batch, or some of its movements; nothing is posted."""
    from liveledger.services.cosigned import Correction, MovementName

    def compose(opened: Ledger, _: bytes) -> list[Correction]:
        account = hex_argument(poster, _ADDRESS_BYTES, "address")
        with _posted_batches(opened) as posted:
            movements = posted(account, lane, sequence)
        if movements is None:
            raise NotFound(f"{hex_bytes(account)} posted no batch {sequence} on lane {lane}")
        chosen = sorted(set(index)) if index else list(range(len(movements)))
        if chosen[-1] >= len(movements) or chosen[0] < 0:
            raise NotFound(f"the batch has {len(movements)} movements, none is number {chosen[-1]}")
        steps = undo_movements([movements[number] for number in chosen], int(time.time()))
        return [
            Correction(step, str(MovementName(account, lane, sequence, chosen[position]))) for position, step in steps
        ]

    _draft(here, out, reason, days, compose)


@correction_commands.command()
def adjust(
    here: LedgerContext,
    out: OutOption,
    sku: Annotated[int | None, typer.Argument(help="Number of the SKU")] = None,
    place: Annotated[int | None, typer.Argument(help="Number of the place")] = None,
    kind: Annotated[str | None, typer.Argument(help=", ".join(ADJUSTMENTS))] = None,
    quantity: Annotated[int | None, typer.Argument(help="Units", min=1)] = None,
    file: MessagesOption = None,
    reason: Annotated[str | None, typer.Option("--reason", help=f"{WHY} [with --file: the messages' own]")] = None,
    lot: Annotated[int | None, typer.Option(help="Number of the lot [not stated]", min=0)] = None,
    days: DaysOption = 7,
) -> None:
    """Draft adjustments that are over what one organisation may adjust alone in a day; nothing is posted."""
    from liveledger_cli.correction.file import read_adjustments

    if file is None:
        said, compose = reason or "", _one(sku, place, kind, quantity, lot or 0)
    elif (sku, lot) != (None, None):
        raise InvalidInput("a file and an adjustment by numbers were given", hint="give one of the two")
    else:
        found = read_adjustments(file, reason)
        said, compose = found.reason, found.corrections
    _draft(here, out, said, days, compose)


def _one(sku: int | None, place: int | None, kind: str | None, quantity: int | None, lot: int) -> Compose:
    """The adjustment that was given by numbers. Raises InvalidInput."""
    from liveledger.services.cosigned import Correction

    if sku is None or place is None or kind is None or quantity is None:
        raise InvalidInput(
            "an adjustment is a SKU, a place, a kind and a quantity", hint="or name a file of messages with --file"
        )
    if kind not in ADJUSTMENTS:
        raise InvalidInput(f"{kind!r} is no kind of adjustment", hint=", ".join(ADJUSTMENTS))
    ends = (0, place) if RULES[ADJUSTMENTS[kind]].takes is None else (place, 0)
    movement = Movement(sku, ADJUSTMENTS[kind], *ends, quantity, int(time.time()), lot)
    return lambda *_: [Correction(movement)]


@correction_commands.command()
def show(here: LedgerContext, file: FileArgument) -> None:
    """Show every movement of a correction and what it would do; exit 1 when the ledger would refuse it now.

    Exit 1 too when a movement does not undo what the file says that it undoes.
    """
    from liveledger_cli.correction.preview import lines_of

    with _opened(here) as opened:
        report = _preview(opened, _read(file, opened))
    here.output.result(report, lines_of(report))
    if not report["possible"] or not report["undoes_what_it_says"]:
        raise typer.Exit(1)


@correction_commands.command()
def sign(here: LedgerContext, file: FileArgument) -> None:
    """Sign a correction as the second organisation: the file is written anew with the signature.

    Shows what is signed as `show` does. Nothing is signed (exit 1) when a movement does not undo what it says to undo.
    """
    from liveledger_cli.correction.preview import Claims, lines_of

    label = here.label
    with _opened(here) as opened:
        batch = _read(file, opened)
        with _posted_batches(opened) as posted:
            Claims.check(batch, posted).require()
        signed = batch.signed(accounts_of(opened.home).load(label))
        report = _preview(opened, signed)
    report["signed_by"] = _signed_by(write_and_read(file, signed.emit()))
    here.output.result(report, lines_of(report))


@correction_commands.command()
def post(here: LedgerContext, file: FileArgument) -> None:
    """Post a correction that both agreed to; a second time it is not posted again."""
    from liveledger.chain.outbox.opening import open_outbox
    from liveledger.chain.outbox.sender import Sender
    from liveledger.services import cosigned

    label = here.label
    with _opened(here) as opened:
        batch = _read(file, opened)
        outbox = open_outbox(opened)
        try:
            outcome = cosigned.post(Sender(opened, accounts_of(opened.home).load(label), outbox), batch)
        finally:
            outbox.close()
    report = {
        "block": str(outcome.block),
        "transaction": hex_bytes(outcome.tx_hash),
        "movements": str(len(batch.corrections)),
    }
    here.output.result(report, f"{report['movements']} movements posted in block {report['block']}")


def _draft(here: LedgerContext, out: Path, reason: str, days: int, compose: Compose) -> None:
    from liveledger.services import cosigned
    from liveledger_cli.correction.preview import lines_of

    label = here.label
    with _opened(here) as opened:
        poster = address_of(accounts_of(opened.home).load(label))
        batch = cosigned.draft(opened, poster, compose(opened, poster), reason, int(time.time()) + days * _DAY)
        report = _preview(opened, batch)
    write_and_read(out, batch.emit())
    here.output.result(report, lines_of(report))


@contextmanager
def _opened(here: LedgerContext) -> Iterator[Ledger]:
    from liveledger.chain.contracts.ledger import open_ledger

    opened = open_ledger(here.home, node=here.node)
    try:
        yield opened
    finally:
        opened.close()


def _signed_by(content: bytes) -> str | None:
    from liveledger.services import cosigned

    signer = cosigned.read(content).signer()
    return hex_bytes(signer) if signer else None


def _read(file: Path, opened: Ledger) -> AgreedBatch:
    from liveledger.services import cosigned

    batch = cosigned.read(read_limited(file, cosigned.MAX_FILE_BYTES))
    cosigned.require_ledger(batch, opened)
    return batch


def _preview(opened: Ledger, batch: AgreedBatch) -> dict[str, Any]:
    """The batch with all that it changes; what it says to undo is looked up in the index."""
    from liveledger_cli.correction.preview import preview

    with _posted_batches(opened) as posted:
        return preview(opened, batch, posted)


@contextmanager
def _posted_batches(opened: Ledger) -> Iterator[Posted]:
    """Movements of posted batches, by the index at the newest final block."""
    from liveledger.index.stock import queries as stock_queries

    with indexed(opened) as session:

        def posted(poster: bytes, lane: int, sequence: int) -> list[Movement] | None:
            row = stock_queries.batch(session, poster, lane, sequence)
            return None if row is None else unpack(row.records)

        yield posted
