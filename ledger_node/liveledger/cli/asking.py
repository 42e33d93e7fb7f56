"""Questions of the command line: what the API answers is checked here, and only what was proven is shown."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.cli.api_client import ApiClient, ApiRefusal
from liveledger.cli.context import messages
from liveledger.cli.seen import highest_seen, remember_height
from liveledger.cli.verify import NO_ISSUER, NOT_A_LIST
from liveledger.domain.errors import NotFound, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.proofs import Question, TrustAnchor, Verdict, encode_bundle, shape, verify
from liveledger.proofs.refusal import Code, Refusal, Step

ProofOption = Annotated[
    Path | None, typer.Option("--proof", help="Write the proof bundle to this file", dir_okay=False)
]
NoProofOption = Annotated[bool, typer.Option("--no-proof", help="Ask for the bare answer and check nothing")]

# Parameters that ask for a block or a time.
_OF_THE_PAST = frozenset({"at", "as_of"})
_MAX_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer with its block; both are the verdict's where there is one, otherwise as good as the server."""

    answer: dict[str, Any]
    block: dict[str, Any]
    verdict: Verdict | None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        verdict = self.verdict.as_json() if self.verdict else None
        return {"answer": self.answer, "block": self.block, "verdict": verdict}


def ask(
    home: LedgerHome, path: str, question: dict[str, Any], proof_file: Path | None, *, proof: bool, **query: str
) -> Checked:
    """Asks the API, and checks the answer against the trust anchor of the home where there is one.

    ``query``: parameters behind the path, which itself has none. With ``at`` or ``as_of`` among them the answer may be
    of an older block than those seen before. With ``proof_file`` the bundle is written there.
    Raises Refusal when the check fails, when the server gives no proof, or another answer than the one that it proves:
    nothing is shown then.
    """
    anchored = home.trust.exists()
    wanted = proof_file is not None or (proof and anchored)
    found = ApiClient(home).get(path, proof=str(wanted).lower(), **query)
    served = _answer(found)
    if not wanted:
        return Checked(*served, None)
    data = _bundle(found.get("proof"))
    if proof_file:
        proof_file.write_bytes(data)
    if not anchored:
        return Checked(*served, None)
    verdict = check(home, question, data, past=not _OF_THE_PAST.isdisjoint(query))
    if verdict.answer != served[0]:
        raise Refusal(Step.ANSWER, Code.ANSWER_MISMATCH, "the server shows another answer than the one that it proves")
    # What is shown comes out of the verdict, never from beside the proof.
    return Checked(verdict.answer, {"height": str(verdict.block)}, verdict)


def _answer(found: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answer and block as the server states them."""
    answer, block = found.get("answer"), found.get("block")
    if not isinstance(answer, dict) or not isinstance(block, dict):
        raise Unavailable("the API answered without an answer and its block", hint="is it of another version?")
    return answer, block


def _bundle(proof: Any) -> bytes:
    """The bytes of a bundle that came inside an answer."""
    if proof is None:
        raise Refusal(Step.SHAPE, Code.SHAPE, "the server gave no proof")
    try:
        return encode_bundle(proof)
    except ValueError as error:  # a number or a text that has no canonical form
        raise shape.refuse(f"the proof is no bundle: {error}") from None


def ask_page(
    home: LedgerHome,
    path: str,
    view: str,
    parameters: dict[str, str],
    page: tuple[int | None, int],
    proof_file: Path | None,
    *,
    proof: bool,
) -> Checked:
    """Asks for a page of a list: first entry and how many, or the newest ones without a first. Raises as `ask`.

    How long the list is, the answer proves: when it is not as long as the API said at first, the question is put again.
    """
    first, limit = page
    start = first if first is not None else max(0, _length(home, path) - limit)
    while True:
        asked = {"first": str(start), "limit": str(limit)}
        question = {"view": view, "parameters": {**parameters, **asked}}
        found = ask(home, path, question, proof_file, proof=proof, **asked)
        newest = max(0, int(found.answer["count"]) - limit)
        if first is not None or newest == start:
            return found
        start = newest


def _length(home: LedgerHome, path: str) -> int:
    """How long the list at ``path`` is, as the API says; 0 where it knows nothing of the kind."""
    try:
        answer, _ = _answer(ApiClient(home).get(path, limit="1"))
    except ApiRefusal as refusal:
        if refusal.exit_code != NotFound.exit_code:
            raise
        return 0
    count = str(answer.get("count"))
    return int(count) if count.isdecimal() and len(count) < _MAX_DIGITS else 0


def check(home: LedgerHome, question: dict[str, Any], bundle: bytes, *, past: bool = False) -> Verdict:
    """Verifies a bundle against the home's trust anchor, this machine's clock and, unless it is of the ``past``, the
    newest block seen before.

    Raises Refusal.
    """
    anchor = TrustAnchor.parse(home.trust.read_bytes())
    verdict = verify(
        bundle,
        anchor=anchor,
        question=Question.parse(question),
        now=int(time.time()),
        minimum_height=0 if past else highest_seen(home, anchor),
    )
    remember_height(home, anchor, verdict.block)
    return verdict


def tell(checked: Checked, home: LedgerHome, *, quiet: bool) -> None:
    """Says on stderr what was checked and what was not."""
    if quiet:
        return
    if checked.verdict is None:
        reason = "no proof was asked for" if home.trust.exists() else f"there is no trust anchor {home.trust}"
        messages.print(f"not verified: {reason}; the answer is only as good as the server", markup=False)
        return
    verdict = checked.verdict
    messages.print(f"verified here against the anchor {verdict.fingerprint}:", markup=False)
    when = datetime.fromtimestamp(verdict.block_time, UTC).isoformat(timespec="seconds")
    messages.print(f"  block:                      {verdict.block} of {when}, {verdict.age} s ago", markup=False)
    supports = verdict.supports
    messages.print(f"  unchanged:                  {supports.unchanged}", markup=False)
    messages.print(f"  on the ledger and complete: {supports.complete or NOT_A_LIST}", markup=False)
    messages.print(f"  issuer:                     {supports.issuer or NO_ISSUER}", markup=False)
