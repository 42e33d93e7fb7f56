"""Waiting for a block to become verifiable: it is once the header above it is committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from liveledger.domain.waiting import wait_until
from liveledger.prover.errors import ProofPending

T = TypeVar("T")
_SECONDS, _PAUSE_SECONDS = 120.0, 0.3


def when_verifiable(ask: Callable[[], T], seconds: float = _SECONDS) -> T:
    """What ``ask`` gives once it is not pending any more. Raises the last ProofPending when the time is over."""
    found: list[T] = []
    pending = ProofPending("nothing was asked yet")

    def answered() -> bool:
        nonlocal pending
        try:
            found.append(ask())
        except ProofPending as told:
            pending = told
            return False
        return True

    wait_until(answered, seconds, lambda: pending, pause=_PAUSE_SECONDS)
    return found[0]
