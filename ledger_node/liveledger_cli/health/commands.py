"""``liveledger health``: how well stock is kept, and the capital that is bound in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.domain import gs1
from liveledger.domain.prices import MAX_BYTES, parse_prices
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.context import (
    read_limited,
)
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.option_groups import grouped, option_group
from liveledger_cli.common.signing_accounts import PassphraseOption, use_passphrase_file
from liveledger_cli.common.timestamps import unix_seconds
from liveledger_cli.common.verified_queries import (
    MAX_AGE_SECONDS,
    How,
    MaxAgeOption,
    ProofOption,
    UnverifiedOption,
    as_asked,
    ask_page,
    tell,
)
from liveledger_cli.health.check import check
from liveledger_cli.health.report import report, shown_capital

CSV = "text/csv"
BrandOption = Annotated[int, typer.Option(help="Organisation number of the brand", min=1, max=4095)]
PlaceOption = Annotated[str | None, typer.Option(help="GLN of one place (13 digits) [all places]")]
SkuOption = Annotated[str | None, typer.Option(help="The brand's code of one SKU [all SKUs]")]
FromOption = Annotated[str | None, typer.Option("--from", help="Date (UTC), RFC 3339 or Unix seconds [30 days before]")]
ToOption = Annotated[str | None, typer.Option("--to", help="The same, exclusive [up to the newest block]")]
ClockOption = Annotated[str, typer.Option(help="fact: times as stated; block: times of their blocks")]
PricesOption = Annotated[
    Path | None, typer.Option(help="CSV: sku, unit_cost_fen, unit_revenue_fen[, category]; stays here", dir_okay=False)
]


@option_group
class Scope:
    """Which goods and which time figures are of, by which prices, from which ledger."""

    place: PlaceOption = None
    sku: SkuOption = None
    since: FromOption = None
    until: ToOption = None
    clock: ClockOption = "fact"
    prices: PricesOption = None

    def query(self, brand: int) -> dict[str, str]:
        """The query of a scope and a period. Raises InvalidInput for a GLN or a time that is none."""
        if self.place is not None:
            gs1.gln(self.place)
        given = {"place": self.place, "sku": self.sku, "from": _seconds(self.since), "to": _seconds(self.until)}
        wanted = {name: value for name, value in given.items() if value is not None}
        return {"brand": str(brand), "clock": self.clock, **wanted}

    def fetch(self, here: LedgerContext, path: str, query: dict[str, str]) -> dict[str, Any]:
        """The answer at ``path``. Raises InvalidInput, ApiRefusal …"""
        return fetch(ApiClient(here.home), path, query, self.prices)


health_commands = Commands(help="How well stock is kept, and the capital bound in it.", no_args_is_help=True)
health_commands.command("report")(report)
health_commands.command("check")(check)


@health_commands.callback()
def health(context: typer.Context, passphrase_file: PassphraseOption = None) -> None:
    """How well stock is kept, and the capital bound in it."""
    use_passphrase_file(context, passphrase_file)


@health_commands.command()
@grouped
def stock(
    here: LedgerContext,
    brand: BrandOption,
    *,
    scope: Scope,
) -> None:
    """Show the figures of stock health, each with its inputs and the movements that it comes from (`--json`)."""
    answer = scope.fetch(here, "/stock/health", scope.query(brand))
    here.output.result(answer, _lines(answer))


@health_commands.command("heat-map")
@grouped
def heat_map(
    here: LedgerContext,
    brand: BrandOption,
    by: Annotated[str, typer.Option(help="place, sku or category (needs --prices)")] = "place",
    *,
    scope: Scope,
) -> None:
    """Show units sold and days out of stock by month (UTC), a row a place, a SKU or a category."""
    answer = scope.fetch(here, "/stock/heat-map", scope.query(brand) | {"by": by})
    lines = ["  ".join((f"{'':<20}", *(f"{month:>14}" for month in answer["months"])))]
    for row in answer["rows"]:
        cells = zip(row["units_sold"], row["days_out_of_stock"], strict=True)
        lines.append("  ".join((f"{row['row']:<20}", *(f"{f'{sold} / {out}':>14}" for sold, out in cells))))
    here.output.result(answer, [*lines, "units sold / days out of stock"])


@health_commands.command()
def capital(
    here: LedgerContext,
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand", min=1, max=4095)],
    first: Annotated[int | None, typer.Option(min=0, help="Number of a report, from 0 [the newest ones]")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most reports")] = 100,
    proof: ProofOption = None,
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
) -> None:
    """Show whether a brand's purchasing is frozen, and the reports behind that, newest first.

    Checked against this home's trust anchor.
    """
    where = here.home
    asked = (f"/capital/{brand}", "capital/3", {"brand": str(brand)}, (first, limit))
    found = ask_page(where, *asked, How(proof, unverified, max_age))
    with as_asked():
        lines = shown_capital(found.answer)
    here.output.result(found.as_dict(), lines)
    tell(found, quiet=here.quiet)


def fetch(client: ApiClient, path: str, query: dict[str, str], prices: Path | None) -> dict[str, Any]:
    """The answer at ``path``, with the prices of a file if one is given. Raises InvalidInput, ApiRefusal …"""
    if prices is None:
        found = client.get(path, **query)
    else:
        body = read_limited(prices, MAX_BYTES)
        parse_prices(body)
        found = client.post(path, body, CSV, **query)
    answer: dict[str, Any] = found["answer"]
    return answer


def _seconds(text: str | None) -> str | None:
    return None if text is None else str(unix_seconds(text))


def _lines(answer: dict[str, Any]) -> list[str]:
    lines = []
    for name, figure in answer["figures"].items():
        shown = figure["reason"] or (
            f"{figure['value']} {figure['unit']} "
            f"({figure['numerator']['value']} / {figure['denominator']['value']}: "
            f"{figure['numerator']['is']} / {figure['denominator']['is']})"
        )
        lines.append(f"{name:<18} {shown}")
    ages = ", ".join(f"{band} days: {units}" for band, units in answer["ages"]["units"].items())
    if answer["to"] != answer["asked_to"]:
        lines.append(f"{'period':<18} not over: up to the newest block and no day to come (to {answer['to']})")
    return [*lines, f"{'age':<18} {ages}", f"computed at block {answer['block']} from {len(answer['skus'])} SKUs"]
