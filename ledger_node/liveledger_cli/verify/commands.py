"""``liveledger verify`` and ``liveledger show``: a bundle on this machine, without any network."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

import typer

from liveledger.verifier import Refusal
from liveledger.verifier import verify as verify_bundle
from liveledger.verifier.bundle import Bundle
from liveledger_cli.common.bundles import (
    BundleArgument,
    QuestionOption,
    TrustOption,
    read_anchor,
    read_bundle,
    read_question,
)
from liveledger_cli.common.context import JsonOption, Output, messages
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.seen_heights import highest_seen, remember_height
from liveledger_cli.common.verdicts import proven_lines, refused_text, spelling_lines


def verify(
    here: LedgerContext,
    bundle: BundleArgument,
    question: QuestionOption,
    trust: TrustOption = None,
    max_age: Annotated[
        int | None, typer.Option("--max-age", min=0, help="Refuse answers older than this (s) [any age]")
    ] = None,
    remember: Annotated[
        bool, typer.Option("--remember", help="Refuse older blocks than the newest seen so far")
    ] = False,
) -> None:
    """Check a proof bundle against your own question and trust anchor. Exit 0: proven; 1: refused."""
    where = here.home
    anchor = read_anchor(trust or where.trust)
    asked = read_question(question)
    minimum = highest_seen(where, anchor) if remember else 0
    output = here.output
    try:
        verdict = verify_bundle(
            read_bundle(bundle),
            anchor=anchor,
            question=asked,
            now=int(time.time()),
            max_age=max_age,
            minimum_height=minimum,
        )
    except Refusal as refusal:
        output.result({"verdict": "refused", "refusal": refusal.as_dict()}, refused_text(refusal))
        if not here.quiet:
            messages.print(f"  hint: {refusal.hint}", markup=False)
        raise typer.Exit(1) from None
    if remember:
        remember_height(where, anchor, verdict.under)
    output.result(verdict.as_json(), [*proven_lines(verdict), *spelling_lines(asked)])


def show(bundle: BundleArgument, as_json: JsonOption = False) -> None:
    """Decode a bundle. Nothing is checked but its form, and no verdict is given."""
    data = read_bundle(bundle)
    content = describe(Bundle.parse(data), len(data))
    lines = [f"{name:<12} {json.dumps(value, ensure_ascii=False)}" for name, value in content.items()]
    Output(as_json).result(content, [*lines, "no verdict: nothing of this was checked"])


def describe(bundle: Bundle, size: int) -> dict[str, Any]:
    """What a bundle says of itself."""
    header = bundle.light_block.header
    return {
        "question": bundle.question,
        "chain_id": header.chain_id,
        "block": str(header.height - 1),
        "way_back": bundle.past is not None,
        "signed": f"{sum(entry is not None for entry in bundle.light_block.commit.signatures)} signatures",
        "set_changes": [str(change.light_block.header.height) for change in bundle.set_changes],
        "evidence": sorted(bundle.evidence.names),
        "bytes": size,
        "answer": bundle.answer,
    }
