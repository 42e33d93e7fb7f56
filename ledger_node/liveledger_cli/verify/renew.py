"""``liveledger renew``: a saved bundle under a newer header, so that a newer trust anchor checks it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from liveledger.verifier import Question, encode_bundle, verify
from liveledger.verifier.renewal import Saved
from liveledger.verifier.renewal import renew as renew_bundle
from liveledger_cli.common.api_client import ApiClient
from liveledger_cli.common.bundles import BundleArgument, TrustOption, read_anchor, read_bundle
from liveledger_cli.common.context import messages
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.read_back import write_and_read
from liveledger_cli.common.verdicts import proven_lines


def renew(
    here: LedgerContext,
    bundle: BundleArgument,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the renewed bundle to this file [where it was]")
    ] = None,
    trust: TrustOption = None,
) -> None:
    """Put a saved bundle under the newest header: an anchor of today checks it. Only what stays true for ever can be.

    The renewed bundle is verified with your anchor before anything is written.
    """
    where = here.home
    anchor = read_anchor(trust or where.trust)
    saved = Saved.parse(read_bundle(bundle))
    head = ApiClient(where).get(f"/past/{saved.block}", since=str(anchor.height))
    renewed = encode_bundle(renew_bundle(saved, head, anchor))
    question = Question.parse(saved.bundle.question)
    verdict = verify(renewed, anchor=anchor, question=question, now=int(time.time()))
    path = out or bundle
    write_and_read(path, renewed)
    here.output.result({**verdict.as_json(), "file": str(path), "bytes": len(renewed)}, proven_lines(verdict))
    if not here.quiet:
        messages.print(f"{path}: {len(renewed)} bytes, under block {verdict.under}", markup=False)
