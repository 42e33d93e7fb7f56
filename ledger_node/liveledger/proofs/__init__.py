"""Proof bundles and their verifier: bytes in, facts or a named refusal out. No I/O anywhere in this package."""

from __future__ import annotations

from liveledger.proofs.anchor import TrustAnchor
from liveledger.proofs.bundle import MEDIA_TYPE, encode_bundle
from liveledger.proofs.questions import Question
from liveledger.proofs.refusal import Code, Refusal, Step
from liveledger.proofs.verdict import Verdict
from liveledger.proofs.verifier import verify

__all__ = ["MEDIA_TYPE", "Code", "Question", "Refusal", "Step", "TrustAnchor", "Verdict", "encode_bundle", "verify"]
