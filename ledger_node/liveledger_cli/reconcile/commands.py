"""``liveledger reconcile``: an outside system's snapshot of a place beside the ledger."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, LiveLedgerError, NotFound, RuleViolation, TooLarge
from liveledger.domain.home import LedgerHome
from liveledger.reconcile.comparing import MAX_SPREAD_SECONDS, Report, percent
from liveledger.reconcile.errors import DeviationAlarm
from liveledger_cli.common.context import (
    Output,
    messages,
    write_out,
)
from liveledger_cli.common.decimals import written
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.message_files import own_table
from liveledger_cli.common.message_sending import telling
from liveledger_cli.common.signing_accounts import PassphraseOption, accounts_of, use_passphrase_file
from liveledger_cli.common.table_options import EncodingOption, IgnoreOption, MapOption, SetOption, snapshot_options

if TYPE_CHECKING:
    from liveledger.chain.contracts.ledger import Ledger
    from liveledger.chain.outbox.sender import Sender
    from liveledger.index.follower import Index
    from liveledger.reconcile.run import Outcome, Question
    from liveledger.reconcile.sources import Delivery, Source


LEAST_SECONDS = 5
# The contract's reason where an organisation's last record is less than an hour older.
TOO_SOON = "AccuracyTooSoon"


SourceArgument = Annotated[
    str | None, typer.Argument(help="Snapshot: a CSV or NDJSON file, a folder of them, or an http(s) URL")
]
PostedOption = Annotated[bool, typer.Option("--posted", help="Instead: what was handed in to the API of the --place")]
WindowOption = Annotated[
    int,
    typer.Option(min=0, max=MAX_SPREAD_SECONDS, help="With --posted: seconds before its newest fact that count"),
]
PlaceOption = Annotated[
    str | None,
    typer.Option(help="GLN that the snapshot must be of [the one that it names; --record and --posted need it]"),
]
EveryOption = Annotated[
    int | None, typer.Option(min=LEAST_SECONDS, help="Look again every so many seconds, until stopped [once]")
]
OnceOption = Annotated[bool, typer.Option("--once", help="Compare what is there and end [without --every]")]
PartOption = Annotated[
    bool, typer.Option("--partial", help="The snapshot does not list all that the place holds; not with --record")
]
RecordOption = Annotated[bool, typer.Option("--record", help="Put the totals on the ledger, of the --place")]
ProposeOption = Annotated[
    Path | None, typer.Option("--propose", help="Write the corrections to this file (NDJSON); nothing is posted")
]


def reconcile(
    here: LedgerContext,
    context: typer.Context,
    source: SourceArgument = None,
    posted: PostedOption = False,
    window: WindowOption = MAX_SPREAD_SECONDS,
    place: PlaceOption = None,
    every: EveryOption = None,
    once: OnceOption = False,
    partial: PartOption = False,
    record: RecordOption = False,
    propose: ProposeOption = None,
    map_file: MapOption = None,
    encoding: EncodingOption = None,
    constants: SetOption = None,
    ignore: IgnoreOption = False,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Compare a snapshot with the stock that the ledger had at its time. Exit 5 from a deviation of 3 % on."""
    from liveledger.reconcile.run import Question
    from liveledger.reconcile.sources import Delivery

    use_passphrase_file(context, passphrase_file)
    if every is not None and (once or propose is not None):
        raise InvalidInput("--every goes neither with --once nor with --propose", hint="leave one of them out")
    if record:
        _check_recorded(place, partial=partial)
    wanted = None if place is None else gs1.gln(place)
    options = snapshot_options(map_file, encoding, constants, ignore=ignore)
    where = here.home
    deliveries = _handed_in(where, wanted, window, source) if posted else _brought(source, propose)
    with _desk(where, here.node, here.label if record else None) as desk:
        shown = _Shown(here.as_json, here.quiet, propose, goes_on=every is not None)

        def one(delivery: Delivery) -> None:
            delivery = Delivery(delivery.name, own_table(delivery.content, options))
            question = Question(wanted, int(time.time()), partial=partial, propose=propose is not None)
            outcome = desk.compare(delivery, question)
            shown.tell(delivery, outcome, desk.record(outcome.report, goes_on=every is not None))

        if every is None:
            with telling(quiet=here.quiet), shown.whole():
                _once(deliveries, one, single=propose is not None)
        else:
            _repeat(deliveries, one, every)
    if shown.alarms and every is None:
        raise typer.Exit(DeviationAlarm.exit_code)


def _check_recorded(place: str | None, *, partial: bool) -> None:
    """What is recorded is whole, and of the place that its recorder means. Raises InvalidInput."""
    if partial:
        raise InvalidInput(
            "a part of what a place holds says nothing about the place: only whole comparisons are recorded",
            code="partial-not-recorded",
            hint="leave out --partial or --record",
        )
    if not place:
        raise InvalidInput(
            "--record needs the place: a snapshot that names another one is not to be recorded there",
            code="place-not-named",
            hint="`--record --place GLN`; the unit takes it from LIVELEDGER_PLACE",
        )


def _once(deliveries: Source, one: Callable[[Delivery], None], *, single: bool) -> None:
    """Everything that is there. Raises InvalidInput where it must be a ``single`` snapshot and is not."""
    found = list(deliveries()) if single else deliveries()
    if isinstance(found, list) and len(found) > 1:
        raise InvalidInput(
            "corrections are proposed for one snapshot; several organisations spoke of this place",
            hint="leave --propose out, or write the messages of one of them to a file",
        )
    for delivery in found:
        one(delivery)


def _brought(source: str | None, propose: Path | None) -> Source:
    """Files, folders and URLs. Raises InvalidInput."""
    from liveledger.reconcile.sources import open_source

    if source is None:
        raise InvalidInput("no snapshot was named", hint="name a file, a folder or a URL, or --posted with --place")
    if propose is not None and Path(source).is_dir():
        raise InvalidInput("corrections are proposed for one snapshot, not for a folder", hint="name a file")
    return open_source(source)


def _handed_in(home: LedgerHome, place: int | None, window: int, source: str | None) -> Source:
    """What the API's store has. Raises InvalidInput, NotFound."""
    from liveledger_api.store.schema import open_store
    from liveledger_cli.reconcile.posted import posted as posted_source

    if place is None or source is not None:
        raise InvalidInput("--posted needs the place, and no other source", hint="`--posted --place GLN`")
    if not home.store.exists():
        raise NotFound(f"no API ran for the ledger {home.name}", hint="see `liveledger api start`")
    return posted_source(open_store(home.store), place, window)


@dataclass
class _Desk:
    """What comparisons need: the ledger, its index, and the account that records if any does."""

    ledger: Ledger
    index: Index
    sender: Sender | None

    def compare(self, delivery: Delivery, question: Question) -> Outcome:
        """One comparison, with the index at the newest final block."""
        from liveledger.reconcile.run import reconcile as compare

        self.index.refresh()
        return compare(delivery.content, self.index.engine, question)

    def record(self, report: Report, *, goes_on: bool) -> int | None:
        """The block in which a report was recorded, None where that is not wanted.

        A command that ``goes_on`` compares oftener than an organisation may record: what comes too soon is said, and
        recorded by the first comparison that may be. Raises RuleViolation with the contract's reason.
        """
        from liveledger.reconcile.recording import awaits_second
        from liveledger.reconcile.recording import record as put_on_ledger

        if self.sender is None:
            return None
        try:
            block = put_on_ledger(self.ledger, self.sender, report).block
        except RuleViolation as refusal:
            if not goes_on or refusal.details.get("reason") != TOO_SOON:
                raise
            messages.print(f"not recorded: {refusal.message}", markup=False)
            return None
        if not awaits_second(self.ledger, report, block):
            return block
        messages.print(
            "not recorded yet: another auditor raised the flag; a second one has to find less, too", markup=False
        )
        return None


@dataclass
class _Shown:
    """Prints comparisons, writes corrections, counts alarms. With JSON all of them are one object, or, for a command
    that ``goes_on``, an object a line.
    """

    as_json: bool
    quiet: bool
    propose: Path | None
    goes_on: bool
    alarms: int = 0
    found: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Prints what was found as one object at the end; an error names what was found before it."""
        try:
            yield
        except LiveLedgerError as error:
            error.details |= {"comparisons": written(self.found)} if self.found else {}
            raise
        if self.as_json:
            Output(True).result({"comparisons": self.found}, "")

    def tell(self, delivery: Delivery, outcome: Outcome, block: int | None) -> None:
        """``block``: where it was recorded."""
        from liveledger.reconcile.rendering import as_dict, as_lines

        shown = as_dict(delivery.name, outcome) | {"recorded": block}
        self.found += [] if self.goes_on else [shown]
        if self.goes_on or not self.as_json:
            Output(self.as_json).one_of_many(shown, as_lines(delivery.name, outcome))
        if block is not None:
            self._say(f"recorded in block {block}")
        if self.propose is not None and outcome.corrections is not None:
            write_out(self.propose, outcome.corrections.ndjson())
            count = len(outcome.corrections.messages)
            self._say(f"{count} movements in {self.propose}; look through them, then `liveledger movement post`, or")
            self._say("over the day's limit `liveledger correction adjust --file`: two organisations sign")
        if outcome.report.level:
            self.alarms += 1
            self._say(f"alarm: {percent(outcome.report.deviation)} of the units differ, level {outcome.report.level}")

    def _say(self, sentence: str) -> None:
        if not self.quiet:
            messages.print(sentence, markup=False)


@contextmanager
def _desk(home: LedgerHome, node: int, label: str | None) -> Iterator[_Desk]:
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.chain.outbox.opening import open_outbox
    from liveledger.chain.outbox.sender import Sender
    from liveledger.index.database import index_engine
    from liveledger.index.follower import Index

    ledger = open_ledger(home, node=node)
    try:
        index = Index(index_engine(home), ledger)
        if label is None:
            yield _Desk(ledger, index, None)
            return
        outbox = open_outbox(ledger)
        try:
            yield _Desk(ledger, index, Sender(ledger, accounts_of(home).load(label), outbox))
        finally:
            outbox.close()
    finally:
        ledger.close()


def _repeat(deliveries: Source, one: Callable[[Delivery], None], seconds: int) -> None:
    """Looks again and again until SIGINT or SIGTERM.

    What cannot be compared is said and left behind; while the node or the source is away, it is tried again.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            for delivery in deliveries():
                try:
                    one(delivery)
                except (InvalidInput, NotFound, TooLarge, RuleViolation) as error:
                    _complain(f"{delivery.name}: ", error)
                if stop.is_set():
                    return
        except LiveLedgerError as error:
            _complain("", error)
        stop.wait(seconds)


def _complain(where: str, error: LiveLedgerError) -> None:
    messages.print(f"{where}error ({error.stable_code}): {error.message}", markup=False)
