"""What the signer answers: CometBFT's privval messages in, signatures or named refusals out."""

from __future__ import annotations

from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.message import DecodeError

from liveledger.consensus._abci.tendermint.crypto import keys_pb2 as crypto
from liveledger.consensus._abci.tendermint.privval import types_pb2 as privval
from liveledger.node.signer import canonical
from liveledger.node.signer.protection import PRECOMMIT, Again, LastSigned, Position, Refused, judge
from liveledger.node.signer.state import StateFile

_REFUSED = 1
_RESPONSES = {
    "pub_key_request": ("pub_key_response", privval.PubKeyResponse),
    "sign_vote_request": ("signed_vote_response", privval.SignedVoteResponse),
    "sign_proposal_request": ("signed_proposal_response", privval.SignedProposalResponse),
}

log = structlog.get_logger("signer")


class Junk(ValueError):
    """A message that no CometBFT sends: the connection is not worth keeping."""


class Signer:
    """Signs for one validator of one chain; ``state`` knows what was signed last."""

    def __init__(self, key: Ed25519PrivateKey, chain_id: str, state: StateFile) -> None:
        self._key = key
        self._chain_id = chain_id
        self._state = state

    def answer(self, message: bytes) -> bytes:
        """The answer to one message.

        Raises Junk for what is no request; SignerDoubt or OSError when the state cannot be kept: the process must end.
        """
        try:
            asked = privval.Message.FromString(message)
        except DecodeError:
            raise Junk("no message of the protocol") from None
        call = asked.WhichOneof("sum")
        if call == "ping_request":
            return _encode(ping_response=privval.PingResponse())
        if call not in _RESPONSES:
            raise Junk(f"a message that is no request ({call})")
        name, response = _RESPONSES[call]
        try:
            return _encode(**{name: self._answer(call, getattr(asked, call))})
        except Refused as refused:
            log.error("refused", request=call, code=refused.stable_code, reason=refused.message)
            description = f"{refused.stable_code}: {refused.message}"
            return _encode(**{name: response(error={"code": _REFUSED, "description": description})})

    def _answer(self, call: str, request: Any) -> Any:
        if request.chain_id != self._chain_id:
            raise Refused(f"this signer serves {self._chain_id}, not {request.chain_id}", code="signing-refused-chain")
        if call == "pub_key_request":
            raw = self._key.public_key().public_bytes_raw()
            return privval.PubKeyResponse(pub_key=crypto.PublicKey(ed25519=raw))
        if call == "sign_vote_request":
            return privval.SignedVoteResponse(vote=self._vote(request.vote))
        return privval.SignedProposalResponse(proposal=self._proposal(request.proposal))

    def _vote(self, vote: Any) -> Any:
        position = canonical.vote_position(vote)
        extended = position.step == PRECOMMIT and not canonical.is_nil(vote)
        if vote.extension and not extended:
            raise Refused("only a precommit for a block has an extension", code="signing-refused-malformed")
        self._sign(position, canonical.vote_bytes(self._chain_id, vote), vote)
        if extended:
            vote.extension_signature = self._key.sign(canonical.extension_bytes(self._chain_id, vote))
        return vote

    def _proposal(self, proposal: Any) -> Any:
        position = canonical.proposal_position(proposal)
        self._sign(position, canonical.proposal_bytes(self._chain_id, proposal), proposal)
        return proposal

    def _sign(self, position: Position, sign_bytes: bytes, message: Any) -> None:
        verdict = judge(self._state.last, position, sign_bytes)
        if isinstance(verdict, Again):
            message.timestamp.CopyFrom(verdict.timestamp)
            message.signature = verdict.signature
            return
        signature = self._key.sign(sign_bytes)
        # On disk first: a signature that left and was forgotten is how a validator signs twice.
        self._state.save(LastSigned(position, sign_bytes, signature))
        message.timestamp.SetInParent()
        message.signature = signature


def _encode(**content: Any) -> bytes:
    return bytes(privval.Message(**content).SerializeToString())
