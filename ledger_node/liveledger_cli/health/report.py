"""``liveledger health report``: reports a brand's capital, computed from the ledger and this member's own prices."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveledger.bindings.constants import PERIOD_SECONDS
from liveledger.domain.errors import InvalidInput
from liveledger.domain.evidence import Evidence, EvidenceRow, fresh_salts
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.domain.prices import MAX_BYTES, Price, parse_prices
from liveledger.rules.stock_health.formula import INDEPENDENT_SECONDS, STALE_SECONDS
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.connections import sending
from liveledger_cli.common.context import (
    read_limited,
    write_out,
)
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.common.timestamps import utc_text

if TYPE_CHECKING:
    from liveledger.chain.rpc.connection import Connection

DAY = 86_400


def report(
    here: LedgerContext,
    brand: Annotated[int, typer.Option(help="Organisation number of the brand", min=1, max=4095)],
    prices: Annotated[Path, typer.Option(help="CSV: sku, unit_cost_fen, unit_revenue_fen; stays here", dir_okay=False)],
    evidence: Annotated[Path, typer.Option(help="File for the rows and salts behind the report", dir_okay=False)],
    since: Annotated[
        int | None, typer.Option("--from", help="First second of the year (Unix seconds) [365 days before]", min=0)
    ] = None,
    until: Annotated[
        int | None, typer.Option("--to", help="Second behind the year's last [the newest block]", min=1)
    ] = None,
    clock: Annotated[str, typer.Option(help="fact: times as stated; block: times of their blocks")] = "fact",
) -> None:
    """Report stock value and a year's revenue of a brand to the ledger; above 35 % its purchasing is frozen.

    The prices stay here; the ledger keeps a root over the salted rows, which `--evidence` holds for an auditor.
    """
    from liveledger.bindings import stock_health
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.stock_health import purchasing_frozen, report_capital

    label, body = here.label, read_limited(prices, MAX_BYTES)
    known = parse_prices(body)
    end = until if until is not None else _newest_time(here.home, here.node)
    start = since if since is not None else max(0, end - PERIOD_SECONDS)
    query = {"brand": str(brand), "from": str(start), "to": str(end), "clock": clock}
    answer = ApiClient(here.home).post("/stock/health", body, "text/csv", **query)["answer"]
    proof = evidence_of(answer, known)
    period = proof.period_from, proof.period_to
    call = stock_health.Report(brand, proof.stock_value(), proof.revenue(), *period, proof.at_block, proof.root())
    # Before the report lands: what the ledger commits to must not be lost.
    write_out(evidence, json.dumps(proof.as_dict(), indent=1).encode())
    with sending(here, label) as sender:
        report_capital(sender, call)
        block = final_height(sender.connection)
        waits = _read_back(sender.connection, brand, call.evidence_root, block)
        frozen = purchasing_frozen(sender.connection, brand, block)
    shown = {
        "brand": str(brand),
        "period_from": str(call.period_from),
        "period_to": str(call.period_to),
        "stock_value_fen": str(call.stock_value_fen),
        "revenue_fen": str(call.revenue_fen),
        "at_block": str(call.at_block),
        "evidence_root": hex_bytes(call.evidence_root),
        "frozen": frozen,
        **waits,
    }
    here.output.result(shown, [f"{name:<16} {value}" for name, value in shown.items()])


def _read_back(connection: Connection, brand: int, root: bytes, block: int) -> dict[str, str]:
    """Whom the report with this root waits for after a block, if it does. Raises what `require` does."""
    from liveledger.services.stock_health import awaits_second, capital_of

    newest = capital_of(connection, brand, block).evidence_root
    if newest != root and awaits_second(connection, brand, block):
        return {"waits_for": "a second organisation of this side: another one found more"}
    require("the newest report's root", hex_bytes(root), hex_bytes(newest))
    return {}


def _newest_time(home: LedgerHome, node: int) -> int:
    """Time of the newest final block: a report's period ends not after the block that it lands in."""
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.chain.rpc.finality import final_height

    opened = open_ledger(home, node=node)
    try:
        return opened.execution.block(final_height(opened)).time
    finally:
        opened.close()


def evidence_of(answer: dict[str, Any], prices: dict[str, Price]) -> Evidence:
    """The rows behind an answer of figures. Raises InvalidInput for a SKU without a price or figures that differ."""
    rows = []
    for row in answer["skus"]:
        price = prices.get(row["code"])
        units, sold = int(row["units"]), int(row["sold"])
        if price is None and (units or sold):
            raise InvalidInput(f"no price was given for the SKU {row['code']}", code="no-price", sku=row["code"])
        if price is not None:
            ends = int(row["first"]), int(row["last"])
            rows.append(EvidenceRow(int(row["sku"]), units, price.unit_cost, sold, price.unit_revenue, *ends))
    period = int(answer["brand"]), int(answer["from"]), int(answer["to"])
    found = Evidence(*period, answer["clock"], int(answer["block"]), tuple(rows), fresh_salts(rows))
    figure = answer["figures"]["capital_share"]
    if (figure["numerator"]["value"], figure["denominator"]["value"]) != (
        str(found.stock_value()),
        str(found.revenue()),
    ):
        raise InvalidInput("the API's share of capital does not follow from its own rows", code="figures-differ")
    return found


def shown_capital(answer: dict[str, Any]) -> list[str]:
    """The standing of a brand at the answer's block (``capital/3``) and its reports, newest first."""
    lines = [_standing(answer), *_findings(answer["sides"] or {})]
    for entry in reversed(answer["reports"]):
        share = "no revenue" if entry["share_bps"] is None else f"{entry['share_bps']} bps"
        moments = (datetime.fromtimestamp(int(entry[name]), UTC) for name in ("period_from", "period_to"))
        period = " … ".join(moment.strftime("%Y-%m-%d %H:%MZ") for moment in moments)
        money = f"{entry['stock_value_fen']} / {entry['revenue_fen']} fen"
        lines.append(
            f"{entry['index']:>5}  block {entry['block']:>8}  {period}  {share:>12}  {money}"
            f"  by organisation {entry['organisation']}"
        )
    return lines


def _standing(answer: dict[str, Any]) -> str:
    """What the contract says of the brand; only a page with the newest report has that."""
    if answer["frozen"] is None:
        return "the list goes on: its last page says whether purchasing is frozen"
    if answer["stale"]:
        return f"purchasing is frozen: the newest report is stale, its year ended over {STALE_SECONDS // DAY} days ago"
    return "purchasing is frozen" if answer["frozen"] else "purchasing is not frozen"


def _findings(sides: dict[str, Any]) -> list[str]:
    """What auditors and the finance side found above the limit, as long as it stands against all others."""
    standing = [(name, sides[name]) for name in ("auditors", "finance") if sides.get(name) and sides[name]["stands"]]
    return [
        f"{name} found more than the limit on {utc_text(side['reported_at'])}: that stands for"
        f" {INDEPENDENT_SECONDS // DAY} days, or until that side reports less"
        for name, side in standing
    ]
