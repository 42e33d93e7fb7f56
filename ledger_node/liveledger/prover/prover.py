"""The prover: a question in, a bundle out; every bundle is verified before it is handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.hashing import hex_bytes
from liveledger.prover import hints
from liveledger.prover.anchors import move_anchor
from liveledger.prover.containers import content
from liveledger.prover.errors import (
    BundleTooLarge,
    NothingToProve,
    OtherVersion,
    PageTooLarge,
    ProofBroken,
    ProofPending,
    TooFarBehind,
)
from liveledger.prover.light_blocks import light_block, read_validators
from liveledger.prover.past import way_back
from liveledger.prover.ports import ConsensusPort, ExecutionPort, IndexPort, NothingOffChain, OffChain
from liveledger.prover.recorder import Recorder
from liveledger.prover.stored_index import StoredIndex
from liveledger.verifier import Question, Refusal, TrustAnchor, encode_bundle, verify
from liveledger.verifier.bundle import MAX_SET_CHANGES
from liveledger.verifier.shape import MAX_BUNDLE_BYTES
from liveledger.verifier.source import Result
from liveledger.verifier.trie import TrieError
from liveledger.verifier.views import find_view, movement, transaction
from liveledger.verifier.views.base import View

__all__ = ["ProofPending", "Prover"]


@dataclass(frozen=True, slots=True)
class _Target:
    """The block to prove at, and the index of the transaction that the question is about."""

    block: int
    place: int | None = None


class Prover:
    """Proves answers of one ledger, as one node holds it.

    ``anchor`` is where the set changes of a bundle begin whose client names no anchor. ``off_chain`` gives
    documents and readings that are kept beside the ledger.
    """

    def __init__(
        self, ledger: Ledger, engine: sqlalchemy.Engine, anchor: TrustAnchor, off_chain: OffChain | None = None
    ) -> None:
        self._wire(ledger.execution, ledger.comet, StoredIndex(engine), anchor, off_chain)

    def _wire(
        self,
        execution: ExecutionPort,
        consensus: ConsensusPort,
        index: IndexPort,
        anchor: TrustAnchor,
        off_chain: OffChain | None,
    ) -> None:
        self._execution, self._consensus, self._index = execution, consensus, index
        self._anchor, self._off_chain = anchor, off_chain or NothingOffChain()

    @classmethod
    def over(
        cls,
        execution: ExecutionPort,
        consensus: ConsensusPort,
        index: IndexPort,
        anchor: TrustAnchor,
        off_chain: OffChain | None = None,
    ) -> Prover:
        """A prover over given parts, for engines and indexes of another make."""
        prover = cls.__new__(cls)
        prover._wire(execution, consensus, index, anchor, off_chain)
        return prover

    def verifiable(self) -> int:
        """The highest block that can be proven now: the commit of the next one was seen, and the index has it."""
        return min(self._consensus.height() - 1, self._execution.block_number(), self._index.height())

    def prove(
        self,
        question: Question,
        *,
        height: int | None = None,
        since: int | None = None,
        form: int | None = None,
        off_chain: OffChain | None = None,
    ) -> dict[str, Any]:
        """The bundle that answers ``question`` at block ``height``, by default the highest that is verifiable.

        Questions about one past transaction are answered at its own block, a page that more follows than a bundle holds
        at a block at which it was near the end, if its entries are there for ever. ``since`` is the height of the
        client's anchor: set changes up to it are left out, as long as the bundle's header is above it. Where the block
        is not, and its answer stays true for ever, it is proven under the newest header, with the way back. ``form`` is
        the form of the bundle, 1 or 2, by default the view's own. ``off_chain`` gives documents and readings to this
        one caller. Raises ProofPending (ask again), NothingToProve,
        BundleTooLarge, ProofBroken.
        """
        view = find_view(question.view)
        if view is None:
            raise NothingToProve(f"there is no view {question.view!r}")
        newest = self.verifiable()
        target = self._target(question, newest if height is None else height)
        if target.block > newest:
            raise ProofPending(f"block {target.block} is verifiable once block {target.block + 1} is committed")
        beside = off_chain or self._off_chain
        try:
            recorder, result = self._record(view, question, target, beside)
        except TooFarBehind as far:
            far.hint = hints.for_near(question, at_block=height is not None)
            if height is not None:
                raise
            target = _Target(far.block)
            recorder, result = self._record_lasting(view, question, target, beside, far)
        behind = since is not None and target.block < since <= newest
        under = newest if behind and result.lasting and form != 1 else target.block
        way = way_back(self._execution, self._index, target.block, under) if under > target.block else None
        bundle = {
            **content(recorder, view, form or view.form, way),
            "question": question.as_json(),
            "answer": result.answer,
            **self._head(under, since),
        }
        self._check(bundle, question, self._starting(since, under + 1))
        return bundle

    def head(self, block: int, *, since: int | None = None) -> dict[str, Any]:
        """What puts a bundle of an old block under the newest header: `proofs.renewal.renew` does so.

        ``since`` as for `prove`. Raises ProofPending, NothingToProve, BundleTooLarge.
        """
        newest = self.verifiable()
        if block > newest:
            raise ProofPending(f"block {block} is verifiable once block {block + 1} is committed")
        way = way_back(self._execution, self._index, block, newest)
        return {**self._head(newest, since), "past": way.past, "nodes": list(map(hex_bytes, way.nodes.values()))}

    def _head(self, under: int, since: int | None) -> dict[str, Any]:
        """The signed block ``under``, and the changes of the validators up to it."""
        return {
            "set_changes": self._set_changes(self._starting(since, under + 1).height, under + 1),
            "light_block": self._light_block(under + 1),
            "execution_header": hex_bytes(self._execution.header_rlp(under)),
        }

    def _record(
        self, view: View[Any], question: Question, target: _Target, off_chain: OffChain
    ) -> tuple[Recorder, Result]:
        """The evidence, and the answer that it shows."""
        recorder = Recorder(self._execution, self._index, off_chain, self._anchor, target.block, target.place)
        try:
            result = view.run(recorder, question.parameters)
        except PageTooLarge as large:
            large.hint = hints.for_less(question)
            raise
        except OtherVersion as other:
            other.hint = hints.for_other_version(view) or other.hint
            raise
        except Refusal as refusal:
            raise _broken(refusal) from None
        except TrieError as trouble:
            raise ProofBroken(f"this node's proof does not hold: {trouble}", hint=_FSCK) from trouble
        return recorder, result

    def _record_lasting(
        self, view: View[Any], question: Question, target: _Target, off_chain: OffChain, far: TooFarBehind
    ) -> tuple[Recorder, Result]:
        """The same at an older block, where what it shows is true for ever. Raises ``far`` where it is not."""
        if not view.historical:
            raise far
        try:
            recorder, result = self._record(view, question, target, off_chain)
        except RpcError as forgotten:  # a compact node has no old states
            raise far from forgotten
        if not result.lasting:
            raise far
        return recorder, result

    def _target(self, question: Question, height: int) -> _Target:
        """Views about a transaction are proven at the transaction's block."""
        parameters = question.parameters
        if question.view in {view.name for view in transaction.VIEWS}:
            digest = transaction.read(parameters).digest
            receipt = self._execution.receipt(digest)
            if receipt is None:
                raise NothingToProve("no block holds this transaction", hash=parameters["hash"])
            return _Target(receipt.block_number, receipt.tx_index)
        if question.view in {view.name for view in movement.VIEWS}:
            wanted = movement.read(parameters)
            place = self._index.batch(wanted.poster, wanted.lane, wanted.sequence)
            return _Target(place.block, place.tx_index) if place else _Target(height)
        return _Target(height)

    def _light_block(self, height: int) -> dict[str, Any]:
        validators = read_validators(self._consensus.validators(height))
        return light_block(self._consensus.commit(height), validators)

    def _starting(self, since: int | None, header: int) -> TrustAnchor:
        """The anchor that a bundle begins at whose header has height ``header``."""
        if since is None or not self._anchor.height < since < header:
            return self._anchor
        return move_anchor(self._anchor, self._consensus, since)

    def _set_changes(self, after: int, before: int) -> list[dict[str, Any]]:
        heights = self._index.set_changes(after, before)
        if len(heights) > MAX_SET_CHANGES:
            raise BundleTooLarge(
                f"{len(heights)} changes of the validators since height {after} are more than a bundle carries",
                **_name_your_anchor(heights[-MAX_SET_CHANGES - 1]),
            )
        return [
            {
                "light_block": self._light_block(change),
                "validators": [entry.as_json() for entry in read_validators(self._consensus.validators(change + 1))],
            }
            for change in heights
        ]

    @staticmethod
    def _check(bundle: dict[str, Any], question: Question, anchor: TrustAnchor) -> None:
        """Never hands out what would be refused. An anchor's age is the client's affair: the prover has no clock."""
        data = encode_bundle(bundle)
        if len(data) > MAX_BUNDLE_BYTES:
            raise _too_large(bundle, question, len(data))
        try:
            verify(data, anchor=anchor, question=question, now=0)
        except Refusal as refusal:
            raise _broken(refusal) from None


def _too_large(bundle: dict[str, Any], question: Question, size: int) -> BundleTooLarge:
    """Says what to do about ``size`` bytes: a newer anchor where set changes fill the room, else less of a list."""
    over, advice = size - MAX_BUNDLE_BYTES, {"hint": hints.for_less(question)}
    for change in bundle["set_changes"]:
        over -= len(encode_bundle(change))
        if over <= 0:
            advice = _name_your_anchor(int(change["light_block"]["header"]["height"]))
            break
    return BundleTooLarge(f"the evidence takes {size} bytes, {MAX_BUNDLE_BYTES} are allowed", **advice)


def _name_your_anchor(height: int) -> dict[str, str]:
    """Hint and detail of an error that an anchor of ``height`` or above ends."""
    hint = (
        f"name the height of your trust anchor (?since=HEIGHT); it must be {height} at least: "
        f"`liveledger trust export --height {height} --out trust.json`"
    )
    return {"hint": hint, "anchor_height": str(height)}


def _broken(refusal: Refusal) -> ProofBroken:
    sentence = f"this node's evidence does not verify: {refusal.message}"
    return ProofBroken(sentence, hint=_FSCK, refusal=refusal.as_dict())


_FSCK = "run `liveledger fsck`"
