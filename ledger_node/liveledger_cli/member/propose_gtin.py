"""``liveledger member propose gtin``: which of several brands that claim a GTIN comes first."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger.domain import gs1
from liveledger_cli.common.connections import sending
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.member.propose import GlnArgument


def prefer_gtin(
    here: LedgerContext,
    gtin: Annotated[str, typer.Argument(help="The GTIN that several brands claim")],
    gln: GlnArgument,
) -> None:
    """Put one of the brands that claim a GTIN first: its history of the items is shown."""
    from liveledger.bindings import provenance
    from liveledger.services.governance import propose, read_proposal
    from liveledger.services.membership import read_roll

    number = int(gs1.gtin14(gtin))
    gs1.gln(gln)
    with sending(here) as sender:
        brand = read_roll(sender.connection).find(gln).number
        report = read_proposal(sender.connection, propose(sender, [provenance.Prefer(number, brand)]))
    here.output.result(report.as_dict(), report.lines())
