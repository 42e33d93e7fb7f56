"""Requests as CometBFT makes them, and a signer with its files to send them to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from liveledger.consensus._abci.tendermint.privval import types_pb2 as privval
from liveledger.consensus._abci.tendermint.types import types_pb2 as types
from liveledger.node import cometbft
from liveledger.node.signer.key import read_key
from liveledger.node.signer.protection import LastSigned
from liveledger.node.signer.service import Signer
from liveledger.node.signer.state import NOTHING, Identity, StateFile, initialise

CHAIN = "liveledger-test-1"
PREVOTE, PRECOMMIT = types.SIGNED_MSG_TYPE_PREVOTE, types.SIGNED_MSG_TYPE_PRECOMMIT
NIL = 0


class Bench:
    """A signer's key and state in a folder; ``open`` starts it as a new process would."""

    def __init__(self, folder: Path) -> None:
        self.key = folder / "key.json"
        self.state = folder / "state.json"
        self.opened: StateFile | None = None
        self.key.write_bytes(cometbft.encode(cometbft.new_validator_key()[0]))
        self.key.chmod(0o600)

    @property
    def identity(self) -> Identity:
        return Identity(CHAIN, read_key(self.key).public_key().public_bytes_raw())

    def begin(self, last: LastSigned = NOTHING) -> Bench:
        initialise(self.state, self.key, self.identity, last)
        return self

    def open(self) -> Signer:
        self.close()
        self.opened = StateFile(self.state, self.key, self.identity)
        return Signer(read_key(self.key), CHAIN, self.opened)

    def close(self) -> None:
        if self.opened:
            self.opened.close()
        self.opened = None


def block_id(block: int) -> Any:
    if block == NIL:
        return types.BlockID(part_set_header=types.PartSetHeader())
    parts = types.PartSetHeader(total=1, hash=bytes([block]) * 32)
    return types.BlockID(hash=bytes([block]) * 32, part_set_header=parts)


def vote(height: int, round: int = 0, kind: int = PREVOTE, block: int = 1, second: int = 1000, **rest: Any) -> Any:
    made = types.Vote(type=kind, height=height, round=round, block_id=block_id(block), validator_address=b"a" * 20)
    made.timestamp.seconds = second
    for name, value in rest.items():
        setattr(made, name, value)
    return made


def proposal(height: int, round: int = 0, block: int = 1, second: int = 1000, pol_round: int = -1) -> Any:
    made = types.Proposal(
        type=types.SIGNED_MSG_TYPE_PROPOSAL, height=height, round=round, pol_round=pol_round, block_id=block_id(block)
    )
    made.timestamp.seconds = second
    return made


def ask_vote(signer: Signer, message: Any, chain_id: str = CHAIN) -> Any:
    request = privval.Message(sign_vote_request=privval.SignVoteRequest(vote=message, chain_id=chain_id))
    return privval.Message.FromString(signer.answer(request.SerializeToString())).signed_vote_response


def ask_proposal(signer: Signer, message: Any, chain_id: str = CHAIN) -> Any:
    request = privval.Message(sign_proposal_request=privval.SignProposalRequest(proposal=message, chain_id=chain_id))
    return privval.Message.FromString(signer.answer(request.SerializeToString())).signed_proposal_response


def refusal(response: Any) -> str:
    """The code of a refusal; empty when it was signed. What is refused carries no signature."""
    if not response.HasField("error"):
        return ""
    assert not response.SerializeToString().count(b"signature")
    assert not getattr(response, "vote", None) or not response.vote.signature
    return str(response.error.description).split(":")[0]
