"""``liveledger replenish``: a brand's policy, what the rule gives, orders and their ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, NotFound, RuleViolation
from liveledger.domain.home import LedgerHome
from liveledger_cli.common.api_client import segment
from liveledger_cli.common.connections import sending
from liveledger_cli.common.context import (
    Output,
    messages,
    read_limited,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.signing_accounts import PassphraseOption, use_passphrase_file
from liveledger_cli.common.verified_queries import (
    MAX_AGE_SECONDS,
    How,
    MaxAgeOption,
    ProofOption,
    UnverifiedOption,
    as_asked,
    ask,
    tell,
)
from liveledger_cli.replenish.policy_file import MAX_POLICY_BYTES, parse_policy
from liveledger_oracles.replenishment.demand import MAX_BYTES, parse_csv
from liveledger_oracles.replenishment.levels import Service
from liveledger_oracles.replenishment.predicted import Predicted, parse_forecast

if TYPE_CHECKING:
    from liveledger.chain.contracts.ledger import Ledger
    from liveledger.services.replenishment import ReplenishmentReader, ReplenishmentWriter
    from liveledger_oracles.replenishment.planning import Spot, Stopwatch


BrandArgument = Annotated[int, typer.Argument(help="Organisation number of the brand", min=1, max=4095)]
OrderArgument = Annotated[int, typer.Argument(help="Number of the order", min=1)]
YesOption = Annotated[bool, typer.Option("--yes", help="Send without asking")]
SendOption = Annotated[bool, typer.Option("--send", help="Send; without it nothing is sent and no key is needed")]

replenish_commands = Commands(help="Orders that bring goods where they run short.", no_args_is_help=True)


@replenish_commands.callback()
def replenish(context: typer.Context, passphrase_file: PassphraseOption = None) -> None:
    """Orders that bring goods where they run short."""
    use_passphrase_file(context, passphrase_file)


@contextmanager
def _opened(here: LedgerContext) -> Iterator[Ledger]:
    from liveledger.chain.contracts.ledger import open_ledger

    opened = open_ledger(here.home, node=here.node)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _reading(here: LedgerContext) -> Iterator[tuple[ReplenishmentReader, int, Stopwatch]]:
    """The reader, the finalised block to read at, and the watch that was started with it."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.replenishment import ReplenishmentReader
    from liveledger_oracles.replenishment.planning import Stopwatch

    with _opened(here) as opened:
        watch = Stopwatch()
        yield ReplenishmentReader(opened), final_height(opened), watch


@contextmanager
def _writing(here: LedgerContext) -> Iterator[ReplenishmentWriter]:
    from liveledger.services.replenishment import ReplenishmentWriter

    with _opened(here) as opened, sending(here) as sender:
        yield ReplenishmentWriter(opened, sender)


@replenish_commands.command(acts_as="brand")
def policy(
    here: LedgerContext,
    brand: BrandArgument,
    apply: Annotated[
        Path | None,
        typer.Option(
            "--apply",
            help="JSON file that settings, places and links are to be equal to [they are shown]",
            dir_okay=False,
        ),
    ] = None,
    yes: YesOption = False,
) -> None:
    """Show a brand's settings, places and links; with --apply make them equal to a file first: what it lacks goes."""
    from liveledger_cli.replenish import policy as policy_rows
    from liveledger_cli.replenish.policy_changes import changes

    if apply is not None:
        wanted = parse_policy(read_limited(apply, MAX_POLICY_BYTES))
        with _reading(here) as (reader, block, _):
            found = changes(reader, brand, wanted, block)
        for line in found.lines():
            messages.print(line, markup=False)
        if found.lines() and _agreed(f"change the policy of brand {brand}", yes=yes):
            with _writing(here) as writer:
                found.carry_out(writer)
    with _reading(here) as (reader, block, _):
        shown = policy_rows.show(reader, brand, block)
    here.output.result(shown, policy_rows.lines(shown))


@replenish_commands.command(acts_as="oracle")
def levels(
    here: LedgerContext,
    brand: BrandArgument,
    demand: Annotated[
        Path | None, typer.Argument(help="CSV file: day,place,sku,units [sales in this home's index]", dir_okay=False)
    ] = None,
    forecast: Annotated[
        Path | None, typer.Option(help="CSV file: day,place,sku,mean,spread; it comes before demand", dir_okay=False)
    ] = None,
    days: Annotated[int, typer.Option(help="Most days of demand that count")] = 28,
    end: Annotated[str | None, typer.Option(help="The day after the last one (ISO) [that of the final block]")] = None,
    z_milli: Annotated[int, typer.Option(help="Normal quantile in thousandths; 1645 = 95 %")] = 1_645,
    cover_days: Annotated[int, typer.Option(help="Days of demand between threshold and target")] = 7,
    send: SendOption = False,
    yes: YesOption = False,
) -> None:
    """Compute thresholds and targets from forecast or demand and lead time, and set them with --send."""
    from liveledger_cli.replenish import levels as level_rows

    contents = {level_rows.FORECAST: b"" if forecast is None else read_limited(forecast, MAX_BYTES)}
    predicted = Predicted() if forecast is None else parse_forecast(contents[level_rows.FORECAST])
    with _reading(here) as (reader, block, _):
        contents[level_rows.HISTORY] = _history(demand, here.home, reader, brand, block)
        until = _day(end) if end else level_rows.first_open_day(reader, block)
        known = parse_csv(contents[level_rows.HISTORY])
        inputs = level_rows.Inputs(known, predicted, days, until, Service(z_milli, cover_days))
        rows, new = level_rows.levels(reader, brand, inputs, block)
    for code, gln in new:
        messages.print(f"{code} at {gln:013}: too new, no levels without a forecast", markup=False)
    sent = bool(send and rows) and _agreed(f"set {len(rows)} levels of brand {brand}", yes=yes)
    if sent:
        with _writing(here) as writer:
            for source, content in contents.items():
                chosen = [row.levels for row in rows if row.source == source]
                writer.set_levels(chosen, level_rows.basis(source, content))
        with _reading(here) as (reader, block, _):
            level_rows.require_set(reader, rows, block)
    shown = {"brand": brand, "sent": sent, "levels": [row.as_dict() for row in rows]}
    here.output.result(shown, [row.text() for row in rows] or "no demand")


@replenish_commands.command(acts_as="brand")
def lots(here: LedgerContext, brand: BrandArgument, send: SendOption = False, yes: YesOption = False) -> None:
    """Show lots that have stock and are too old to count, by this home's index, and keep them in sight with --send."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.index.database import index_engine
    from liveledger.index.follower import Index
    from liveledger.services.replenishment import ReplenishmentReader
    from liveledger_cli.replenish.lots import kept_lots, require_kept

    with _opened(here) as opened:
        index = Index(index_engine(opened.home), opened)
        index.refresh()
        rows = kept_lots(ReplenishmentReader(opened), index.engine, brand, final_height(opened))
    changed = [row for row in rows if row.changes]
    sent = bool(send and changed) and _agreed(f"keep lots of {len(changed)} SKUs of brand {brand} in sight", yes=yes)
    if sent:
        with _writing(here) as writer:
            for row in changed:
                writer.keep_lots(row.sku, row.wanted)
        with _reading(here) as (reader, block, _):
            require_kept(reader, changed, block)
    shown = {"brand": brand, "sent": sent, "skus": [row.as_dict() for row in rows]}
    here.output.result(shown, [row.text() for row in rows] or "no old lot has stock")


def _history(demand: Path | None, home: LedgerHome, reader: ReplenishmentReader, brand: int, block: int) -> bytes:
    """The file of demand, or the same rows out of the index."""
    from liveledger.index.database import index_engine
    from liveledger_oracles.replenishment.sold import sold

    if demand is not None:
        return read_limited(demand, MAX_BYTES)
    return sold(index_engine(home), brand, [row.place for row in reader.places(brand, block)]).as_csv()


@replenish_commands.command(acts_as="oracle")
def suggest(
    here: LedgerContext,
    brand: BrandArgument,
    sku: Annotated[str | None, typer.Option("--sku", help="Only this SKU (the brand's code) [all SKUs]")] = None,
    place: Annotated[str | None, typer.Option("--place", help="Only this place (GLN) [all places]")] = None,
    send: SendOption = False,
    yes: YesOption = False,
    metrics: Annotated[Path | None, typer.Option(help="Write metrics to this text file for Prometheus")] = None,
) -> None:
    """Ask the rule for every SKU and place that has levels; with --send end overdue orders and order what it gives."""
    from prometheus_client import write_to_textfile

    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.replenishment import ReplenishmentReader
    from liveledger_cli.replenish.rendering import pass_lines
    from liveledger_cli.replenish.suggest import Runner
    from liveledger_oracles.replenishment.planning import ReplenishmentMetrics, Stopwatch

    counted = ReplenishmentMetrics()
    with _opened(here) as opened:
        watch, reader = Stopwatch(), ReplenishmentReader(opened)
        runner = Runner(opened, watch, send, lambda what: _agreed(what, yes=yes), lambda: _writing(here))
        made = runner.run(_spots(reader, brand, sku, place, final_height(opened)))
    watch.stop(made, counted)
    if metrics is not None:
        write_to_textfile(str(metrics), counted.registry)
    here.output.result(made.as_dict(), pass_lines(made))
    if made.exit_code:
        raise typer.Exit(made.exit_code)


@replenish_commands.command(acts_as="oracle")
def order(
    here: LedgerContext,
    brand: BrandArgument,
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    place: Annotated[str, typer.Argument(help="GLN of the place (13 digits)")],
    send: SendOption = False,
    yes: YesOption = False,
) -> None:
    """Make the one order that the rule gives for a SKU at a place. Exit 1 when it gives none."""
    from liveledger_cli.replenish.rendering import pass_lines
    from liveledger_oracles.replenishment.planning import ReplenishmentMetrics, Spot, carry_out, propose

    with _reading(here) as (reader, block, watch):
        spot = Spot(reader.sku(brand, sku, block), reader.place(gs1.gln(place), block))
        made = propose(reader, [spot], block)
    reason = made.proposals[0].reason
    if send and not reason and watch.wait_for(lambda: _agreed("make this order", yes=yes)):
        with _writing(here) as writer:
            carry_out(made, writer)
    watch.stop(made, ReplenishmentMetrics())
    here.output.result(made.as_dict(), pass_lines(made))
    if reason or made.refused or made.exit_code:
        raise typer.Exit(made.exit_code or RuleViolation.exit_code)


@replenish_commands.command()
def orders(
    here: LedgerContext,
    brand: BrandArgument,
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    first: Annotated[int, typer.Option(help="Number of the first entry", min=0)] = 0,
    limit: Annotated[int, typer.Option(help="Most entries", min=1, max=10_000)] = 100,
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
) -> None:
    """List a SKU's orders and their ends, checked against this home's trust anchor: none can be left out."""
    from liveledger_cli.replenish.rendering import entries_lines

    where = here.home
    page = {"first": str(first), "limit": str(limit)}
    question = {"view": "sku-orders/2", "parameters": {"brand": str(brand), "sku": sku, **page}}
    path = f"/replenishment/{brand}/{segment(sku)}"
    found = ask(where, path, question, How(proof, unverified, max_age), **page)
    with as_asked():
        known = found.answer["known_sku"]
        listed = entries_lines(found.answer["entries"])
    here.output.result(found.as_dict(), listed or ("no orders" if known else "the SKU is not known"))
    tell(found, quiet=here.quiet)
    if not known:
        raise typer.Exit(NotFound.exit_code)


@replenish_commands.command(acts_as="warehouse")
def close(
    here: LedgerContext,
    number: OrderArgument,
    shipped: Annotated[int, typer.Argument(help="Units that were shipped", min=0)],
    received: Annotated[int, typer.Argument(help="Units that were received", min=0)],
) -> None:
    """End an order with what was shipped and received, by the operator of either place or the supplier."""
    _end(here, number, here.as_json, lambda writer: writer.close(number, shipped, received))


@replenish_commands.command(acts_as="oracle")
def cancel(here: LedgerContext, number: OrderArgument) -> None:
    """Give an order up."""
    _end(here, number, here.as_json, lambda writer: writer.cancel(number))


@replenish_commands.command(acts_as="oracle")
def expire(here: LedgerContext, number: OrderArgument) -> None:
    """End an order whose deadline has passed; any member may."""
    _end(here, number, here.as_json, lambda writer: writer.expire(number))


def _end(here: LedgerContext, number: int, as_json: bool, act: Callable[[ReplenishmentWriter], None]) -> None:
    with _writing(here) as writer:
        act(writer)
    with _reading(here) as (reader, block, _):
        status = reader.order(number, block).status.name.lower()
    Output(as_json).result({"order": str(number), "status": status}, f"order {number}: {status}")


def _spots(reader: ReplenishmentReader, brand: int, sku: str | None, place: str | None, block: int) -> list[Spot]:
    from liveledger_oracles.replenishment.planning import Spot

    only_sku = reader.sku(brand, sku, block) if sku is not None else None
    only_place = reader.place(gs1.gln(place), block) if place is not None else None
    found = [Spot(*spot) for spot in reader.spots(brand, block)]
    return [spot for spot in found if only_sku in (None, spot.sku) and only_place in (None, spot.place)]


def _agreed(what: str, *, yes: bool) -> bool:
    if yes or typer.confirm(f"{what}?", err=True):
        return True
    messages.print("nothing was sent", markup=False)
    return False


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text[:40]!r} is no day", hint="write it like 2026-11-24") from None
