"""``liveledger correction limit`` and ``list``: what may be adjusted alone, and what two organisations agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liveledger.bindings.constants import DEFAULT_ADJUSTMENT, Role
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger_cli.common.connections import indexed, sending
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.common.timestamps import utc_text
from liveledger_cli.member.member_admin import acting_for

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from liveledger.index.stock import corrections


_MAX_UNITS = (1 << 64) - 1


def limit(
    here: LedgerContext,
    units: Annotated[
        int,
        typer.Argument(help="Units of each SKU that one organisation may adjust alone in a day", min=0, max=_MAX_UNITS),
    ],
) -> None:
    """Set how much of each of the brand's SKUs one organisation may adjust alone in a day (UTC); 0 = nothing."""
    from liveledger.bindings import stock_ledger
    from liveledger.chain.rpc.finality import final_height
    from liveledger.chain.rpc.view_words import view_words
    from liveledger.services.members import Act, Registrar

    with sending(here) as sender:
        brand, target = acting_for(sender, Role.SIGN_AGREEMENTS), _stock_ledger(sender.connection.home, here.node)
        data = stock_ledger.SetAdjustmentLimit(units).calldata()
        # The same limit may be set again after another one: the account's next number is part of the effect.
        number = sender.connection.execution.nonce(sender.address, sender.connection.execution.block_number())
        Registrar(sender).carry_out([Act(f"adjustment-limit:{units}:{number}", target, data)])
        asked = stock_ledger.AdjustmentLimitOf(brand).calldata()
        (found,) = view_words(sender.connection.execution, target, [asked], final_height(sender.connection))
        require(f"the limit of brand {brand}", units, found)
    shown = {"brand": str(brand), "units": str(found), "account": here.label}
    here.output.result(shown, f"one organisation may adjust {found} units of each SKU of brand {brand} a day alone")


def list_corrections(
    here: LedgerContext, most: Annotated[int, typer.Option("--limit", help="Most corrections", min=1, max=10_000)] = 100
) -> None:
    """List the batches that two organisations agreed to, newest first, and the limits that brands set.

    Out of this home's index, without a proof; `poster-batches/1` and `movement/3` prove a batch and its movements.
    """
    from liveledger.chain.contracts.ledger import open_ledger
    from liveledger.index.stock import corrections

    opened = open_ledger(here.home, node=here.node)
    try:
        with indexed(opened) as session:
            agreed = [_batch(session, row) for row in corrections.agreed(session, most)]
            limits = [_limit(row) for row in corrections.limits(session)]
    finally:
        opened.close()
    report = {"corrections": agreed, "limits": limits, "default_limit": str(DEFAULT_ADJUSTMENT)}
    here.output.result(report, [*map(_line, agreed), *_limit_lines(limits)])


def _stock_ledger(home: LedgerHome, node: int) -> bytes:
    from liveledger.bindings import stock_ledger
    from liveledger.chain.contracts.ledger import open_ledger

    opened = open_ledger(home, node=node)
    try:
        return opened.manifest.target(stock_ledger.NAME)
    finally:
        opened.close()


def _batch(session: Session, row: corrections.AgreedBatchRow) -> dict[str, Any]:
    from liveledger.index.stock import queries as stock_queries

    posted = stock_queries.batch(session, row.poster, row.lane, row.sequence)
    return {
        "poster": hex_bytes(row.poster),
        "lane": str(row.lane),
        "sequence": str(row.sequence),
        "signer": hex_bytes(row.signer),
        "second": str(row.second),
        "movements": None if posted is None else str(posted.movements),
        "block": str(row.block),
        "time": str(row.block_time),
    }


def _limit(row: corrections.LimitRow) -> dict[str, str]:
    set_by = {"by": hex_bytes(row.by), "block": str(row.block), "time": str(row.block_time)}
    return {"brand": str(row.brand), "units": str(row.units), **set_by}


def _line(batch: dict[str, Any]) -> str:
    moment = utc_text(batch["time"])
    parties = f"posted by {batch['poster']}, signed by {batch['signer']} of organisation {batch['second']}"
    return f"block {batch['block']:>8}  {moment}  {batch['movements']:>5} movements  {parties}"


def _limit_lines(limits: list[dict[str, str]]) -> list[str]:
    own = [
        f"brand {entry['brand']}: {entry['units']} units a day alone, since block {entry['block']}" for entry in limits
    ]
    return [*own, f"all other brands: {DEFAULT_ADJUSTMENT} units a day alone"]
