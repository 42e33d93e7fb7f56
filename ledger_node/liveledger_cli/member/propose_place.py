"""``liveledger member propose place``: whose the GLN of a location is."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger.domain import gs1
from liveledger_cli.common.connections import sending
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.member.propose import GlnArgument


def reserve_gln(
    here: LedgerContext,
    place: Annotated[str, typer.Argument(help="The location's GLN (13 digits)")],
    gln: GlnArgument,
) -> None:
    """Reserve a location's GLN for the organisation that it belongs to, also where another one registered it."""
    from liveledger.bindings import consortium
    from liveledger.services.governance import propose, read_proposal
    from liveledger.services.membership import read_roll

    number = gs1.gln(place)
    gs1.gln(gln)
    with sending(here) as sender:
        operator = read_roll(sender.connection).find(gln).number
        report = read_proposal(sender.connection, propose(sender, [consortium.ReserveGln(number, operator)]))
    here.output.result(report.as_dict(), report.lines())
