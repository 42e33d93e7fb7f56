"""Proof bundles and their verifier: bytes in, facts or a named refusal out. No I/O anywhere in this package."""

from __future__ import annotations

from liveledger.verifier.anchor import TrustAnchor
from liveledger.verifier.bundle import MEDIA_TYPE, encode_bundle
from liveledger.verifier.questions import Question
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.verdict import Verdict
from liveledger.verifier.verification import verify

__all__ = ["MEDIA_TYPE", "Code", "Question", "Refusal", "Step", "TrustAnchor", "Verdict", "encode_bundle", "verify"]
