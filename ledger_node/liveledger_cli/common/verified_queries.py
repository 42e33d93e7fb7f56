"""Questions of the command line: what the API answers is checked here, and only what was proven is shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.domain.errors import LiveLedgerError, NotFound, Unavailable
from liveledger.domain.home import LedgerHome
from liveledger.verifier import Question, TrustAnchor, Verdict, encode_bundle, shape, verify
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger_cli.common.api_client import ApiClient, ApiRefusal
from liveledger_cli.common.bundles import read_anchor
from liveledger_cli.common.context import messages
from liveledger_cli.common.seen_heights import highest_seen, remember_height
from liveledger_cli.common.timestamps import ago
from liveledger_cli.common.verdicts import NO_ISSUER, NOT_A_LIST, held

# What is asked about now may be ten minutes old: a chain makes a block a second, and one that stands still is no "now".
MAX_AGE_SECONDS = 600
ProofOption = Annotated[
    Path | None, typer.Option("--proof", help="Write the proof bundle to this file", dir_okay=False)
]
UnverifiedOption = Annotated[
    bool, typer.Option("--unverified", "--no-proof", help="Show what the server says, and check nothing of it")
]
MaxAgeOption = Annotated[
    int, typer.Option("--max-age", min=0, help="Refuse an answer about now that is older than this (s)")
]

# Parameters that ask for a block or a time.
_OF_THE_PAST = frozenset({"at", "as_of"})
_MAX_DIGITS = 19


class NotVerified(LiveLedgerError):
    """There is nothing to check the answer with, and it was not said that an unverified one will do."""

    code = "not-verified"
    exit_code = 1


@dataclass(frozen=True, slots=True)
class How:
    """How to ask: where the bundle goes, whether an unverified answer will do, how old one about now may be (s)."""

    proof_file: Path | None = None
    unverified: bool = False
    max_age: int = MAX_AGE_SECONDS


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


def ask(home: LedgerHome, path: str, question: dict[str, Any], how: How, **query: str) -> Checked:
    """Asks the API, and checks the answer against the trust anchor of the home unless an unverified one will do.

    ``query``: parameters behind the path, which itself has none. With ``at`` or ``as_of`` among them the answer may be
    of an older block than those seen before, and of any age. With ``how.proof_file`` the bundle is written there.
    Raises NotVerified without an anchor, Refusal when the check fails, when the server gives no proof, or another
    answer than the one that it proves: nothing is shown then.
    """
    anchor = None if how.unverified else _anchor(home)
    # The server leaves out the changes of validators that the anchor knows of already.
    since = {} if anchor is None else {"since": str(anchor.height)}
    wanted = how.proof_file is not None or anchor is not None
    try:
        found = ApiClient(home).get(path, proof=str(wanted).lower(), **since, **query)
    except ApiRefusal as refusal:
        _name_a_newer_anchor(refusal, home)
        raise
    served = _answer(found)
    if not wanted:
        return Checked(*served, None)
    data = _bundle(found.get("proof"))
    if how.proof_file:
        how.proof_file.write_bytes(data)
    if anchor is None:
        return Checked(*served, None)
    verdict = check(home, anchor, question, data, None if not _OF_THE_PAST.isdisjoint(query) else how.max_age)
    if verdict.answer != served[0]:
        raise Refusal(Step.ANSWER, Code.ANSWER_MISMATCH, "the server shows another answer than the one that it proves")
    # What is shown comes out of the verdict, never from beside the proof.
    return Checked(verdict.answer, {"height": str(verdict.block)}, verdict)


def _anchor(home: LedgerHome) -> TrustAnchor:
    """The home's trust anchor. Raises NotVerified when there is none, InvalidInput for one that is damaged."""
    if not home.trust.exists():
        raise NotVerified(
            f"there is no trust anchor {home.trust} to check the answer with, so nothing is shown",
            hint=f"`liveledger trust export --ledger {home.name} --out {home.trust}` writes one: compare its "
            "fingerprint with another member's. --unverified shows what the server says as it is",
        )
    return read_anchor(home.trust)


def _name_a_newer_anchor(refusal: ApiRefusal, home: LedgerHome) -> None:
    """Where an anchor of some height would do, the hint is what to type for this home."""
    height = str(refusal.details.get("anchor_height", ""))
    if height.isascii() and height.isdecimal():
        export = f"liveledger trust export --ledger {home.name} --height {height} --out {home.trust}"
        refusal.hint = (
            f"take a newer anchor, and compare its fingerprint at this height with another member's: `{export}`"
        )


def _answer(found: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answer and block as the server states them."""
    answer, block = found.get("answer"), found.get("block")
    if not isinstance(answer, dict) or not isinstance(block, dict):
        raise Unavailable("the API answered without an answer and its block", hint=_OTHER_VERSION)
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
    home: LedgerHome, path: str, view: str, parameters: dict[str, str], page: tuple[int | None, int], how: How
) -> Checked:
    """Asks for a page of a list: first entry and how many, or the newest ones without a first. Raises as `ask`.

    How long the list is, the answer proves: when it is not as long as the API said at first, the question is put again.
    """
    first, limit = page
    start = first if first is not None else max(0, _length(home, path) - limit)
    while True:
        asked = {"first": str(start), "limit": str(limit)}
        question = {"view": view, "parameters": {**parameters, **asked}}
        found = ask(home, path, question, how, **asked)
        with as_asked():
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


def check(
    home: LedgerHome, anchor: TrustAnchor, question: dict[str, Any], bundle: bytes, max_age: int | None
) -> Verdict:
    """Verifies a bundle against the home's trust anchor and this machine's clock.

    ``max_age`` (s): how old an answer about now may be, which may not be older than the newest block seen before
    either; None for a question about the past. What no later block can change may be of any age. Raises Refusal.
    """
    seen = 0 if max_age is None else highest_seen(home, anchor)
    asked, now = Question.parse(question), int(time.time())
    verdict = verify(bundle, anchor=anchor, question=asked, now=now, minimum_height=seen)
    if max_age is not None and not verdict.lasting and verdict.age > max_age:
        sentence = f"the answer is of block {verdict.block}, {ago(verdict.age)}; {max_age} s are allowed"
        hint = "does the chain make blocks, and is this machine's clock right? ask again, or allow more: --max-age"
        raise Refusal(Step.AGE, Code.STALE, sentence, hint)
    remember_height(home, anchor, verdict.under)
    return verdict


_OTHER_VERSION = "is it of another version?"


@contextmanager
def as_asked() -> Iterator[None]:
    """Around the reading of an answer: one that nobody proved may have any form. Raises Unavailable for another one."""
    try:
        yield
    except (AttributeError, KeyError, IndexError, OverflowError, TypeError, ValueError) as error:
        sentence = f"the API's answer has another form than that of the question: {error!r}"
        raise Unavailable(sentence[:200], hint=_OTHER_VERSION) from error


def tell(checked: Checked, *, quiet: bool) -> None:
    """Says on stderr what was checked and what was not."""
    if quiet:
        return
    if checked.verdict is None:
        messages.print("not verified, as you asked: the answer is only as good as the server", markup=False)
        return
    for line in verified_lines(checked.verdict):
        messages.print(line, markup=False)


def verified_lines(verdict: Verdict) -> list[str]:
    """What was verified: how old it is first, then the three lines and the anchor."""
    return [
        f"verified here: {held(verdict)}",
        f"  unchanged:                  {verdict.supports.unchanged}",
        f"  on the ledger and complete: {verdict.supports.complete or NOT_A_LIST}",
        f"  issuer:                     {verdict.supports.issuer or NO_ISSUER}",
        f"  trust anchor:               {verdict.fingerprint} of height {verdict.anchor_height}",
    ]
