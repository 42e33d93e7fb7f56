"""``liveledger stock cut``: what a SKU's counters were at a moment that an agreement named before."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveledger_cli.common.context import field, messages
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.timestamps import unix_seconds, utc_text
from liveledger_cli.member.member_admin import no_sku

if TYPE_CHECKING:
    from liveledger.chain.contracts.ledger import Ledger


def cut(
    here: LedgerContext,
    brand: Annotated[int, typer.Argument(help="Organisation number of the brand")],
    sku: Annotated[str, typer.Argument(help="The brand's code of the SKU")],
    moment: Annotated[str, typer.Argument(help="The session's end: 2026-11-24T22:00:00+08:00 or Unix seconds")],
) -> None:
    """Show a SKU's counters at the end of a session, which is what its settlement shares, in the base unit.

    This machine's node says it, without a proof. An agreement names the moment before; no other one is known (exit 1).
    """
    from liveledger.chain.contracts.ledger import open_ledger

    seconds = unix_seconds(moment)
    with closing(open_ledger(here.home, node=here.node)) as opened:
        shown = _counters(opened, brand, sku, seconds)
    counters = [f"{name:<10} {shown[name]:>12}" for name in ("received", "sold", "returned", "adjusted")]
    here.output.result(shown, [f"{field(sku)} at {utc_text(shown['moment'])}", *counters])
    if not here.as_json:
        messages.print(f"by this machine's node, block {shown['block']}; no proof", markup=False)


def _counters(opened: Ledger, brand: int, code: str, moment: int) -> dict[str, Any]:
    """Raises NotFound for a SKU that the brand has not, RuleViolation for a moment that has no cut or has not come."""
    from liveledger.bindings import stock_cuts, stock_ledger
    from liveledger.chain.contracts.names import LedgerNames
    from liveledger.chain.rpc.finality import final_height
    from liveledger.chain.rpc.reverts import explain
    from liveledger.chain.rpc.transport import RpcError
    from liveledger.services.sku_numbers import sku_numbers

    block, address = final_height(opened), opened.manifest.address
    (number,) = sku_numbers(opened.execution, address(stock_ledger.NAME), brand, [code], block)
    if not number:
        raise no_sku(brand, code)
    call = stock_cuts.CountersAt(number, moment).calldata()
    try:
        found = stock_cuts.decode_counters_at(opened.execution.call(address(stock_cuts.NAME), call, block))
    except RpcError as error:
        raise explain(error, LedgerNames(opened)) from error
    return {
        "brand": str(brand),
        "sku": code,
        "moment": str(moment),
        "block": str(block),
        "received": str(found.received),
        "sold": str(found.sold),
        "returned": str(found.returned),
        "adjusted": str(found.adjusted),
    }
