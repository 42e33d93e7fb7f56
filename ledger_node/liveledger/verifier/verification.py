"""The verifier: bytes in, facts or one named refusal out. No I/O, no clock, no randomness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from liveledger.domain import rlp
from liveledger.domain.errors import InvalidInput
from liveledger.verifier import shape
from liveledger.verifier.anchor import VALIDITY_SECONDS, TrustAnchor
from liveledger.verifier.bundle import Bundle
from liveledger.verifier.commit import LightBlock, check_commit
from liveledger.verifier.evidence import EvidenceSource
from liveledger.verifier.execution import ExecutionHeader
from liveledger.verifier.past import follow
from liveledger.verifier.questions import Question
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.source import Result
from liveledger.verifier.times import Time
from liveledger.verifier.validators import Validator, set_hash, total_power
from liveledger.verifier.verdict import Supports, Verdict
from liveledger.verifier.views import find_view
from liveledger.verifier.views.base import View


@dataclass(frozen=True, slots=True)
class _Signed:
    """Outcome of steps 3 and 4."""

    digest: bytes
    power: int
    trusted: tuple[Validator, ...]


def verify(
    bundle: bytes,
    *,
    anchor: TrustAnchor,
    question: Question,
    now: int,
    max_age: int | None = None,
    minimum_height: int = 0,
) -> Verdict:
    """Checks ``bundle`` in the ten steps of docs/bundle.md.

    ``now`` and ``max_age`` are Unix seconds and seconds; ``minimum_height`` is the highest block seen before.
    Raises Refusal with step and code; InvalidInput when the question itself names no view.
    """
    view = find_view(question.view)
    if view is None:
        raise InvalidInput(f"there is no view {question.view!r}")
    parsed = Bundle.parse(bundle)  # step 1
    _check_question(parsed, question, view, anchor, now)  # step 2
    _check_above_anchor(parsed, anchor)
    if not view.historical:
        _check_seen(parsed, minimum_height)
    trusted = _follow_set_changes(parsed, anchor)  # step 3
    signed = _check_light_block(parsed.light_block, trusted, anchor)  # step 4
    header = _link(parsed, anchor)  # step 5
    age = now - parsed.light_block.header.time.seconds  # step 6
    if max_age is not None and age > max_age:
        raise Refusal(Step.AGE, Code.STALE, f"the answer is {age} s old; {max_age} s are allowed")
    held = follow(parsed.past, parsed.nodes, header) if parsed.past else header
    source = EvidenceSource(parsed.evidence, parsed.proofs(), held, anchor)
    result = view.run(source, question.parameters)  # steps 7, 8 and 9, in the order in which the view asks
    source.finish()
    if parsed.past and not result.lasting:
        raise _of_then(held, header)
    if not result.lasting:  # "there is none" at an old block says nothing about now, whatever the view
        _check_seen(parsed, minimum_height)
    _compare(result.answer, parsed.answer, "answer")  # step 10
    return _verdict(parsed, question, anchor, signed, held, age, result)


def _check_question(bundle: Bundle, question: Question, view: View[Any], anchor: TrustAnchor, now: int) -> None:
    """Step 2, and the part of step 1 that depends on the view: which sections there are."""
    if not _same(bundle.question, question.as_json()):
        raise Refusal(Step.QUESTION, Code.WRONG_QUESTION, "the bundle answers another question")
    sections = view.sections if bundle.form == 1 else view.sections - {"contracts"}
    if bundle.evidence.names != sections:
        raise shape.refuse(f"evidence for {view.name} has exactly the sections {', '.join(sorted(sections))}")
    blocks = [change.light_block for change in bundle.set_changes] + [bundle.light_block]
    for block in blocks:
        if block.header.chain_id != anchor.chain_id:
            raise Refusal(Step.QUESTION, Code.WRONG_CHAIN, f"the bundle is of the chain {block.header.chain_id!r}")
    if Time(now) > anchor.valid_until:
        raise Refusal(Step.QUESTION, Code.EXPIRED_ANCHOR, "the trust anchor is not valid any more")


def _of_then(held: ExecutionHeader, signed: ExecutionHeader) -> Refusal:
    """What was true then is no answer for now, however young the header is that its block is proven under."""
    sentence = f"block {held.number} held this, and block {signed.number} need not: only what stays true may be so old"
    return Refusal(Step.AGE, Code.STALE, sentence, "ask the ledger again: this answer is one of its own block alone")


def _check_above_anchor(bundle: Bundle, anchor: TrustAnchor) -> None:
    height = bundle.light_block.header.height
    if height <= anchor.height:
        sentence = f"the bundle's header {height} is not above the anchor's height {anchor.height}"
        raise Refusal(Step.QUESTION, Code.BELOW_ANCHOR, sentence)


def _check_seen(bundle: Bundle, minimum_height: int) -> None:
    height = bundle.light_block.header.height
    if height <= minimum_height:
        sentence = f"the answer holds at block {height - 1}; block {minimum_height} was seen before"
        raise Refusal(Step.QUESTION, Code.BELOW_ANCHOR, sentence)


def _follow_set_changes(bundle: Bundle, anchor: TrustAnchor) -> tuple[Validator, ...]:
    """Step 3: the set that signs the light block.

    Changes at or below the anchor's height serve older anchors. This anchor already vouches for what came of them, so
    they are passed over: else a bundle would lose its worth as soon as a client moves on to a newer anchor.
    """
    previous, trusted = 0, anchor.validators
    for change in bundle.set_changes:
        block = change.light_block
        height = block.header.height
        if not previous < height < bundle.light_block.header.height:
            raise _bad_change(f"the change at height {height} is out of order")
        previous = height
        if height <= anchor.height:
            continue
        check_commit(block, trusted, Step.SET_CHANGES)
        _check_predecessor(block, anchor, Step.SET_CHANGES)
        announced = block.header.hashes["next_validators_hash"]
        if announced == block.header.hashes["validators_hash"]:
            raise _bad_change(f"header {height} changes no validators")
        if set_hash(change.validators) != announced:
            raise _bad_change(f"header {height} names another validator set than the one given")
        trusted = change.validators
    return trusted


def _bad_change(sentence: str) -> Refusal:
    return Refusal(Step.SET_CHANGES, Code.SET_CHANGE, sentence)


def _check_light_block(block: LightBlock, trusted: tuple[Validator, ...], anchor: TrustAnchor) -> _Signed:
    """Step 4."""
    digest, power = check_commit(block, trusted)
    _check_predecessor(block, anchor, Step.COMMIT)
    return _Signed(digest, power, trusted)


def _check_predecessor(block: LightBlock, anchor: TrustAnchor, step: Step) -> None:
    """The header right above the anchor must follow on the anchor's."""
    if 0 < anchor.height == block.header.height - 1 and block.header.last_block_id.digest != anchor.digest:
        raise Refusal(step, Code.HEADER_HASH, "the header does not follow on the anchor's header")


def _link(bundle: Bundle, anchor: TrustAnchor) -> ExecutionHeader:
    """Step 5: from the signed header H + 1 to execution block H."""
    signed = bundle.light_block.header
    try:
        header = ExecutionHeader.decode(bundle.execution_header)
    except rlp.RlpError as error:
        raise Refusal(Step.LINK, Code.APP_HASH, f"the execution header: {error}") from None
    if header.digest != signed.hashes["app_hash"]:
        raise Refusal(Step.LINK, Code.APP_HASH, "the execution header is not the one that was signed")
    if header.number != signed.height - 1:
        raise Refusal(Step.LINK, Code.APP_HASH, f"block {header.number} under header {signed.height}")
    if header.number == 0 and anchor.height == 0 and header.digest != anchor.digest:
        raise Refusal(Step.LINK, Code.APP_HASH, "the genesis block is not the anchor's")
    return header


def _same(left: Any, right: Any) -> bool:
    """Equality of JSON values that keeps true apart from 1."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)


def _compare(proven: Any, claimed: Any, where: str) -> None:
    """Step 10: refuses with the path of the first field that differs."""
    if isinstance(proven, dict) and isinstance(claimed, dict) and proven.keys() == claimed.keys():
        for key in proven:
            _compare(proven[key], claimed[key], f"{where}.{key}")
    elif isinstance(proven, list) and isinstance(claimed, list) and len(proven) == len(claimed):
        for index, pair in enumerate(zip(proven, claimed, strict=True)):
            _compare(*pair, f"{where}[{index}]")
    elif not _same(proven, claimed):
        raise Refusal(Step.ANSWER, Code.ANSWER_MISMATCH, f"{where} is not what the evidence shows")


def _verdict(
    bundle: Bundle,
    question: Question,
    anchor: TrustAnchor,
    signed: _Signed,
    header: ExecutionHeader,
    age: int,
    result: Result,
) -> Verdict:
    light = bundle.light_block.header
    total = total_power(signed.trusted)
    under = light.height - 1
    way = f", whose hash block {under} holds" if header.number != under else ""
    unchanged = f"as block {header.number} holds it{way}, signed by {signed.power} of {total} voting power"
    return Verdict(
        view=question.view,
        parameters=question.parameters,
        chain_id=light.chain_id,
        block=header.number,
        block_time=header.time,
        under=under,
        header_height=light.height,
        header_hash=signed.digest,
        header_time=light.time,
        age=age,
        signed_power=signed.power,
        total_power=total,
        answer=result.answer,
        supports=Supports(unchanged, result.complete, result.issuer),
        fingerprint=anchor.fingerprint(),
        anchor_height=anchor.height,
        lasting=result.lasting,
        newer_anchor=_newer_anchor(bundle, anchor, signed),
    )


def _newer_anchor(bundle: Bundle, anchor: TrustAnchor, signed: _Signed) -> TrustAnchor | None:
    """The anchor at the light block's height; None where its header names a next set: the bundle does not bring it."""
    light = bundle.light_block.header
    if light.hashes["next_validators_hash"] != light.hashes["validators_hash"]:
        return None
    return replace(
        anchor,
        height=light.height,
        digest=signed.digest,
        validators=signed.trusted,
        valid_until=Time(light.time.seconds + VALIDITY_SECONDS),
        issued_at=light.time,
    )
