"""Whether the chain in a snapshot is the one that a trust anchor vouches for, up to its newest block.

What is checked: the anchor's own header, every change of the validator set that leads from the anchor to the newest
header, the commit of that header, the set that CometBFT will check the next block with, and the execution block that
the newest header carries. What CometBFT keeps besides is compared with the next block by CometBFT itself.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.nodes import CometRpc
from liveledger.chain.rpc.records import field
from liveledger.consensus.payload import ExecutionPayload, PayloadError
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.prover.light_blocks import light_block, read_validators
from liveledger.prover.ports import ConsensusPort
from liveledger.verifier import TrustAnchor, merkle_sha256
from liveledger.verifier.commit import LightBlock, check_commit
from liveledger.verifier.execution import ExecutionHeader
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.times import Time
from liveledger.verifier.validators import Validator, set_hash

_HINT = "this snapshot is not of your chain: take another member's, and compare the trust anchor's fingerprint"


@dataclass(frozen=True, slots=True)
class TrustedHead:
    """The verified newest block: height, hash and state root (32 bytes each) of the execution block, Unix seconds.

    ``signers`` are the addresses whose signatures its commit holds; ``changes`` counts the validator sets on the way.
    """

    height: int
    block_hash: bytes
    state_root: bytes
    time: int
    signers: frozenset[bytes]
    changes: int


def trusted_head(connection: Connection, anchor: TrustAnchor, now: int) -> TrustedHead:
    """Verifies the chain of a node that stands still. Raises Refusal, naming step and code as for a bundle."""
    comet = connection.comet
    _check_anchor(connection, anchor, now)
    height = comet.height()
    if height <= anchor.height:
        raise Refusal(
            Step.QUESTION,
            Code.BELOW_ANCHOR,
            f"the snapshot ends at {height}, the trust anchor is of {anchor.height}",
            hint="take a newer snapshot",
        )
    path = TrustPath(comet, anchor)
    newest, signers = path.follow(height)
    _check_next_set(comet, newest)
    header = _execution_header(connection, newest)
    return TrustedHead(
        height=height,
        block_hash=header.digest,
        state_root=header.state_root,
        time=header.time,
        signers=frozenset(signers),
        changes=path.changes,
    )


def _check_anchor(connection: Connection, anchor: TrustAnchor, now: int) -> None:
    if (anchor.chain_id, anchor.evm_chain_id) != (connection.chain_id, connection.evm_chain_id):
        raise Refusal(Step.QUESTION, Code.WRONG_CHAIN, f"the trust anchor is of the chain {anchor.chain_id!r}")
    if Time(now) > anchor.valid_until:
        raise Refusal(Step.QUESTION, Code.EXPIRED_ANCHOR, "the trust anchor is not valid any more")
    if anchor.height:
        found = _light_block(connection.comet, anchor.height).header.hash()
    else:
        found = keccak(connection.execution.header_rlp(0))
    if found != anchor.digest:
        raise Refusal(Step.COMMIT, Code.HEADER_HASH, "the snapshot has another block at the anchor's height", _HINT)


def _light_block(consensus: ConsensusPort, height: int) -> LightBlock:
    return LightBlock.read(light_block(consensus.commit(height), _validators(consensus, height)), f"block {height}")


def _validators(consensus: ConsensusPort, height: int) -> tuple[Validator, ...]:
    return read_validators(consensus.validators(height))


class TrustPath:
    """From the anchor's set to the one that signed the newest header, by the headers that announce another set."""

    def __init__(self, consensus: ConsensusPort, anchor: TrustAnchor) -> None:
        self._consensus = consensus
        self._trusted = anchor.validators
        self._above = anchor.height
        self.changes = 0

    def follow(self, height: int) -> tuple[LightBlock, set[bytes]]:
        """The verified light block of ``height``, and who signed it."""
        while self._signer_hash(height) != set_hash(self._trusted):
            self._step(height)
        newest = _light_block(self._consensus, height)
        check_commit(newest, self._trusted)
        return newest, {entry.address for entry in newest.commit.signatures if entry is not None}

    def _signer_hash(self, height: int) -> bytes:
        header = field(self._consensus.commit(height), "header")
        return bytes.fromhex(str(field(header, "validators_hash")))

    def _step(self, height: int) -> None:
        """Goes on to the next set. A set that is replaced and comes back may be passed over: it is trusted still."""
        trusted = set_hash(self._trusted)
        low, high = self._above + 1, height
        if self._signer_hash(low) != trusted:
            raise Refusal(
                Step.SET_CHANGES, Code.VALIDATORS_HASH, f"header {low} was not made by the trusted validators", _HINT
            )
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._signer_hash(middle) == trusted else (low, middle)
        block = _light_block(self._consensus, low)
        check_commit(block, self._trusted, Step.SET_CHANGES)
        following = _validators(self._consensus, low + 1)
        if set_hash(following) != block.header.hashes["next_validators_hash"]:
            raise Refusal(Step.SET_CHANGES, Code.SET_CHANGE, f"header {low} names another set than the snapshot", _HINT)
        self._trusted, self._above = following, low
        self.changes += 1


def _check_next_set(comet: CometRpc, newest: LightBlock) -> None:
    """What CometBFT will check the next block with stands in a record of its own, which nobody signed."""
    state = field(comet.ask("dump_consensus_state"), "round_state")
    height = int(field(state, "height"))
    entries = field(field(state, "validators"), "validators")
    announced = newest.header.hashes["next_validators_hash"]
    if height != newest.header.height + 1 or set_hash(read_validators(entries)) != announced:
        raise Refusal(
            Step.SET_CHANGES, Code.SET_CHANGE, "the snapshot's CometBFT would go on with validators nobody chose", _HINT
        )


def _execution_header(connection: Connection, newest: LightBlock) -> ExecutionHeader:
    """The header of geth's head, which must be the block that the newest, signed header carries."""
    height = newest.header.height
    block: Any = field(connection.comet.ask("block", height=str(height)), "block")
    transactions = [base64.b64decode(text) for text in field(field(block, "data"), "txs")]
    if merkle_sha256.root([merkle_sha256.sha256(raw) for raw in transactions]) != newest.header.hashes["data_hash"]:
        raise Refusal(Step.LINK, Code.APP_HASH, f"block {height} does not carry what was signed", _HINT)
    try:
        (packed,) = transactions
        payload = ExecutionPayload.unpack(packed)
    except (PayloadError, ValueError) as trouble:
        raise Refusal(Step.LINK, Code.APP_HASH, f"block {height} carries no payload: {trouble}", _HINT) from None
    head = connection.execution.block_number()
    header = ExecutionHeader.decode(connection.execution.header_rlp(head))
    if (head, header.digest) != (height, payload.block_hash):
        raise Refusal(
            Step.LINK,
            Code.APP_HASH,
            f"geth's head is {head} {hex_bytes(header.digest)}, signed was {height} {hex_bytes(payload.block_hash)}",
            _HINT,
        )
    return header
