"""``liveledger member propose gtin``: which of several brands that claim a GTIN comes first."""

from __future__ import annotations

from typing import Annotated

import typer

from liveledger.bindings import provenance
from liveledger.domain import gs1
from liveledger.node.governance_transfer import SYSTEM
from liveledger.services.governance import propose, read_proposal
from liveledger.services.membership import read_roll
from liveledger_cli.common.connections import AsOption, NodeOption, sending
from liveledger_cli.common.context import HomeOption, JsonOption, LedgerOption, Output
from liveledger_cli.member.propose import GlnArgument


def prefer_gtin(
    gtin: Annotated[str, typer.Argument(help="The GTIN that several brands claim")],
    gln: GlnArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = SYSTEM,
    as_json: JsonOption = False,
) -> None:
    """Put one of the brands that claim a GTIN first: its history of the items is shown."""
    number = int(gs1.gtin14(gtin))
    gs1.gln(gln)
    with sending(home, ledger, node, label) as sender:
        brand = read_roll(sender.connection).find(gln).number
        report = read_proposal(sender.connection, propose(sender, [provenance.Prefer(number, brand)]))
    Output(as_json).result(report.as_dict(), report.lines())
