"""The bytes that a validator signs, built from a request of CometBFT (its types/canonical.go)."""

from __future__ import annotations

from typing import Any

from liveledger.consensus._abci.tendermint.types import canonical_pb2 as canonical
from liveledger.consensus._abci.tendermint.types import types_pb2 as types
from liveledger.consensus.framing import frame
from liveledger.node.signer.protection import MOST_ROUND, PRECOMMIT, PREVOTE, PROPOSE, Position, Refused

_HASH_BYTES = 32
_VOTE_STEPS = {types.SIGNED_MSG_TYPE_PREVOTE: PREVOTE, types.SIGNED_MSG_TYPE_PRECOMMIT: PRECOMMIT}
_YEAR_10000 = 253_402_300_800


def vote_position(vote: Any) -> Position:
    """Place of a vote. Raises Refused (``signing-refused-malformed``) for one that no validator makes."""
    if vote.type not in _VOTE_STEPS:
        raise _malformed(f"a vote of type {vote.type}")
    _check(vote)
    return Position(vote.height, vote.round, _VOTE_STEPS[vote.type])


def proposal_position(proposal: Any) -> Position:
    """Place of a proposal. Raises Refused (``signing-refused-malformed``) for one that no validator makes."""
    if proposal.type != types.SIGNED_MSG_TYPE_PROPOSAL:
        raise _malformed(f"a proposal of type {proposal.type}")
    _check(proposal)
    if not -1 <= proposal.pol_round < proposal.round:
        raise _malformed(f"a proposal whose proof of lock is of round {proposal.pol_round}")
    if not proposal.block_id.hash:
        raise _malformed("a proposal of no block")
    return Position(proposal.height, proposal.round, PROPOSE)


def vote_bytes(chain_id: str, vote: Any) -> bytes:
    """What is signed of a vote: neither the validator's address nor an extension is part of it."""
    made = canonical.CanonicalVote(type=vote.type, height=vote.height, round=vote.round, chain_id=chain_id)
    return _finish(made, vote)


def proposal_bytes(chain_id: str, proposal: Any) -> bytes:
    """What is signed of a proposal."""
    made = canonical.CanonicalProposal(
        type=proposal.type,
        height=proposal.height,
        round=proposal.round,
        pol_round=proposal.pol_round,
        chain_id=chain_id,
    )
    return _finish(made, proposal)


def extension_bytes(chain_id: str, vote: Any) -> bytes:
    """What is signed of a precommit's extension, which the vote's own signature does not cover."""
    made = canonical.CanonicalVoteExtension(
        extension=vote.extension, height=vote.height, round=vote.round, chain_id=chain_id
    )
    return frame(made.SerializeToString(deterministic=True))


def is_nil(vote: Any) -> bool:
    """Whether a vote is for no block."""
    return not vote.block_id.hash


def _finish(made: Any, message: Any) -> bytes:
    if message.block_id.hash:
        made.block_id.hash = message.block_id.hash
        parts = message.block_id.part_set_header
        made.block_id.part_set_header.total = parts.total
        made.block_id.part_set_header.hash = parts.hash
    # CometBFT writes the time also where it is zero.
    made.timestamp.SetInParent()
    made.timestamp.CopyFrom(message.timestamp)
    return frame(made.SerializeToString(deterministic=True))


def _check(message: Any) -> None:
    if message.height < 1 or not 0 <= message.round <= MOST_ROUND:
        raise _malformed(f"height {message.height}, round {message.round}")
    parts, digest = message.block_id.part_set_header, message.block_id.hash
    whole = len(digest) == len(parts.hash) == _HASH_BYTES and parts.total > 0
    if not whole and (digest or parts.hash or parts.total):
        raise _malformed("a block id that is neither whole nor empty")
    if not 0 <= message.timestamp.seconds < _YEAR_10000 or not 0 <= message.timestamp.nanos < 1_000_000_000:
        raise _malformed("a time out of range")


def _malformed(what: str) -> Refused:
    return Refused(f"no validator makes {what}", code="signing-refused-malformed")
