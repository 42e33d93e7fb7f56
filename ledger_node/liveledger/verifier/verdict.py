"""What a good bundle proves: facts with block and time, and which of three lines they support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.verifier.anchor import TrustAnchor
from liveledger.verifier.times import Time

NOT_PROVEN = (
    "that the goods are what the label says",
    "that a member told the truth when it signed",
    "that less than a third of the voting power signed twice (at a third the chain can fork; forging alone needs more "
    "than two thirds)",
    "that a trust anchor which came from the very server it is to check is any good",
)


@dataclass(frozen=True, slots=True)
class Supports:
    """The three lines, each a sentence, or None where this view says nothing about it."""

    unchanged: str
    complete: str | None
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Facts of a bundle that passed all ten steps.

    ``block`` and ``block_time`` (Unix seconds) are of the execution block that the answer holds at; ``under`` is the
    block that was signed, a newer one where the bundle has a way back. ``age`` is the client's clock minus the signed
    header's time, in seconds. ``lasting``: no later block makes the answer untrue, so
    that its age does not matter. ``anchor_height`` goes with ``fingerprint``. ``header_height``, ``header_hash`` (32
    bytes) and ``header_time`` belong to the signed header above it, at which ``newer_anchor`` stands.
    """

    view: str
    parameters: dict[str, Any]
    chain_id: str
    block: int
    block_time: int
    under: int
    header_height: int
    header_hash: bytes
    header_time: Time
    age: int
    signed_power: int
    total_power: int
    answer: dict[str, Any]
    supports: Supports
    fingerprint: str
    anchor_height: int
    lasting: bool
    newer_anchor: TrustAnchor | None

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain data."""
        return {
            "verdict": "proven",
            "question": {"view": self.view, "parameters": self.parameters},
            "chain_id": self.chain_id,
            "block": str(self.block),
            "block_time": str(self.block_time),
            "under_block": str(self.under),
            "age_seconds": self.age,
            "signed_power": str(self.signed_power),
            "total_power": str(self.total_power),
            "anchor": self.fingerprint,
            "anchor_height": str(self.anchor_height),
            "answer": self.answer,
            "unchanged": self.supports.unchanged,
            "complete": self.supports.complete,
            "issuer": self.supports.issuer,
            "not_proven": list(NOT_PROVEN),
        }
