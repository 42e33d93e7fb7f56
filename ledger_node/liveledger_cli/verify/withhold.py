"""``liveledger withhold``: a saved history to hand on, without the fields of its events that do not concern others."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from liveledger.verifier import Question, encode_bundle, verify
from liveledger.verifier.bundle import Bundle
from liveledger.verifier.withholding import withhold as withhold_fields
from liveledger_cli.common.bundles import BundleArgument, TrustOption, read_anchor, read_bundle
from liveledger_cli.common.context import messages
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.read_back import write_and_read
from liveledger_cli.common.verdicts import proven_lines


def withhold(
    here: LedgerContext,
    bundle: BundleArgument,
    show: Annotated[
        list[str], typer.Argument(help="Members of the events that stay, such as type and epcList; all others go")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Write what is left to this file")],
    trust: TrustOption = None,
) -> None:
    """Withhold fields of the events of a saved history: the reader sees that they are there, and not what they say.

    What is left is verified with your anchor before anything is written.
    """
    where = here.home
    anchor = read_anchor(trust or where.trust)
    data = read_bundle(bundle)
    left = encode_bundle(withhold_fields(data, show))
    question = Question.parse(Bundle.parse(data).question)
    verdict = verify(left, anchor=anchor, question=question, now=int(time.time()))
    write_and_read(out, left)
    here.output.result({**verdict.as_json(), "file": str(out), "bytes": len(left)}, proven_lines(verdict))
    if not here.quiet:
        messages.print(f"{out}: {len(left)} bytes; pointers of withheld fields stay readable", markup=False)
