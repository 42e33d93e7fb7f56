"""The rule against double signing, as plain functions: no I/O, no clock, no key.

A validator signs at most one proposal, one prevote and one precommit a round, and never goes back. Whoever signs two
different blocks for one place can be proven to have lied; whoever forgets what was signed last does so by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from liveledger.consensus._abci.tendermint.types import canonical_pb2 as canonical
from liveledger.consensus.framing import frame
from liveledger.domain.errors import LiveLedgerError

PROPOSE, PREVOTE, PRECOMMIT = 1, 2, 3
STEPS = (PROPOSE, PREVOTE, PRECOMMIT)
MOST_HEIGHT, MOST_ROUND = (1 << 63) - 1, (1 << 31) - 1


class Refused(LiveLedgerError):
    """The signer does not sign this; ``code`` says which rule forbids it."""

    code = "signing-refused"
    exit_code = 1


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the run of consensus; later places are greater. ``step`` is 1 propose, 2 prevote, 3 precommit."""

    height: int
    round: int
    step: int

    def __str__(self) -> str:
        return f"height {self.height}, round {self.round}, step {self.step}"


@dataclass(frozen=True, slots=True)
class LastSigned:
    """The newest place that was signed, the bytes and the signature; both empty where only the place is known."""

    position: Position
    sign_bytes: bytes = b""
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Again:
    """The same was signed before: the earlier signature, which is over the earlier time, is given once more."""

    signature: bytes
    timestamp: Timestamp


def judge(last: LastSigned, wanted: Position, sign_bytes: bytes) -> Again | None:
    """Whether ``wanted`` may be signed: None for yes, Again when the answer is the signature given before.

    Raises Refused: ``signing-refused-older`` for a place before the last, ``signing-refused-conflict`` for other
    content at the last.
    """
    if wanted < last.position:
        raise Refused(f"{wanted} is before what was signed last ({last.position})", code="signing-refused-older")
    if wanted > last.position:
        return None
    if not last.sign_bytes:
        raise Refused(f"what was signed at {wanted} is not known any more", code="signing-refused-older")
    before, now = (canonical_of(content, wanted.step) for content in (last.sign_bytes, sign_bytes))
    timestamp = Timestamp()
    timestamp.CopyFrom(before.timestamp)
    for content in (before, now):
        content.ClearField("timestamp")
    if before != now:
        raise Refused(f"something else was signed at {wanted} already", code="signing-refused-conflict")
    return Again(last.signature, timestamp)


def canonical_of(sign_bytes: bytes, step: int) -> Any:
    """The canonical proposal or vote whose length-prefixed bytes these are. Raises ValueError."""
    made = canonical.CanonicalProposal() if step == PROPOSE else canonical.CanonicalVote()
    # A canonical message is far below 2^14 bytes: its length is written in one or two.
    for body in (sign_bytes[1:], sign_bytes[2:]):
        if body and frame(body) == sign_bytes:
            try:
                made.ParseFromString(body)
            except DecodeError as trouble:
                raise ValueError(str(trouble)) from None
            return made
    raise ValueError("no length-prefixed message")
