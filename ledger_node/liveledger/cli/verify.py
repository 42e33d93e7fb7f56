"""``liveledger verify`` and ``liveledger show``: a bundle on this machine, without any network."""

from __future__ import annotations

import datetime
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, QuietOption, field, find_home, messages
from liveledger.cli.moments import ago
from liveledger.cli.seen import highest_seen, remember_height
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.items import ItemRefused, canonical, is_gs1
from liveledger.proofs import Question, Refusal, TrustAnchor, Verdict
from liveledger.proofs import verify as verify_bundle
from liveledger.proofs.bundle import Bundle
from liveledger.proofs.refusal import Code, Step
from liveledger.proofs.shape import MAX_BUNDLE_BYTES
from liveledger.proofs.verdict import NOT_PROVEN

BundleArgument = Annotated[Path, typer.Argument(help="File with the bundle, byte for byte as the server sent it")]
TrustOption = Annotated[Path | None, typer.Option("--trust", help="Trust anchor [the ledger home's trust.json]")]
QuestionOption = Annotated[str, typer.Option("--question", help="Your own question: a file, or JSON in place")]
NOT_A_LIST = "this question asks for no list"
NO_ISSUER = "this answer is the work of many, or of none: no issuer is shown"


def verify(
    bundle: BundleArgument,
    question: QuestionOption,
    trust: TrustOption = None,
    max_age: Annotated[
        int | None, typer.Option("--max-age", min=0, help="Refuse answers older than this (s) [any age]")
    ] = None,
    remember: Annotated[
        bool, typer.Option("--remember", help="Refuse older blocks than the newest seen so far")
    ] = False,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check a proof bundle against your own question and trust anchor. Exit 0: proven; 1: refused."""
    where = find_home(home, ledger)
    anchor = read_anchor(trust or where.trust)
    asked = read_question(question)
    minimum = highest_seen(where, anchor) if remember else 0
    output = Output(as_json)
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
        if not quiet:
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


def read_bundle(path: Path) -> bytes:
    """The bundle's bytes, no more of them than may be read. Raises NotFound."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise NotFound(f"the bundle {path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BUNDLE_BYTES:
        raise Refusal(Step.SHAPE, Code.SHAPE, f"{path.name} is longer than the {MAX_BUNDLE_BYTES} bytes of a bundle")
    return data


def read_anchor(path: Path) -> TrustAnchor:
    """A trust anchor from a file. Raises InvalidInput that names the field that is wrong."""
    try:
        return TrustAnchor.parse(path.read_bytes())
    except OSError as error:
        raise InvalidInput(
            f"the trust anchor {path} cannot be read: {error.strerror}",
            hint="get trust.json from a member that you trust, and compare the fingerprint by another way",
        ) from None
    except Refusal as refusal:
        raise InvalidInput(f"{path} is no trust anchor: {refusal.message}") from None


def read_question(text: str) -> Question:
    """A question out of a file, or the JSON itself. Raises InvalidInput."""
    if text.lstrip().startswith("{"):
        return Question.from_bytes(text.encode())
    try:
        return Question.from_bytes(Path(text).read_bytes())
    except OSError as error:
        raise InvalidInput(f"the question {text[:80]} cannot be read: {error.strerror}") from None


def proven_lines(verdict: Verdict) -> list[str]:
    """How old it is, the three lines, the facts, and what they do not say."""
    lasting = "; no later block changes it" if verdict.lasting else ""
    return [
        f"proven: {held(verdict)}{lasting}",
        f"unchanged:                  {verdict.supports.unchanged}",
        f"on the ledger and complete: {verdict.supports.complete or NOT_A_LIST}",
        f"issuer:                     {verdict.supports.issuer or NO_ISSUER}",
        f"answer: {json.dumps(verdict.answer, ensure_ascii=False)}",
        f"chain {verdict.chain_id}, trust anchor {verdict.fingerprint} of height {verdict.anchor_height}",
        "not proven:",
        *(f"  - {sentence}" for sentence in NOT_PROVEN),
    ]


def held(verdict: Verdict) -> str:
    """Which block the answer is of and how old that is; where there is a way back, how old the header is behind it."""
    moment = datetime.datetime.fromtimestamp(verdict.block_time, tz=datetime.UTC).isoformat().replace("+00:00", "Z")
    if verdict.under == verdict.block:
        return f"what block {verdict.block} held {ago(verdict.age)} ({moment})"
    return f"what block {verdict.block} held on {moment}, by block {verdict.under} of {ago(verdict.age)}"


def spelling_lines(asked: Question) -> list[str]:
    """Under which form an item was asked, where it has others: what is complete is the list of this one alone."""
    if asked.view not in ("item-events/1", "item-events/2"):
        return []
    item = asked.parameters["item"]
    try:
        gs1, form = is_gs1(item), canonical(item)
    except ItemRefused as refused:
        return [f"asked as {field(item)}, under which capture anchors nothing: {field(refused.message)}"]
    if asked.view == "item-events/2":
        told = f"asked as {field(item)}: capture lists events under its one form, {field(form)}"
        return [] if form == item else [told]
    if not gs1:
        return []
    return [f"asked as {field(item)}: other spellings of this item are lists of their own"]


def refused_text(refusal: Refusal) -> str:
    """One line: step, code, sentence."""
    return f"refused at step {int(refusal.step)} ({refusal.stable_code}): {refusal.message}"


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
