"""Why a bundle cannot be had."""

from __future__ import annotations

from typing import ClassVar

from liveledger.domain.errors import LiveLedgerError, NotFound, TooLarge


class ProofPending(LiveLedgerError):
    """The block is not verifiable yet, or the index has not got that far: ask again after ``retry_after`` seconds."""

    code: ClassVar[str] = "proof-pending"
    http_status: ClassVar[int] = 202
    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message, hint=f"ask again in {retry_after} s", retry_after=retry_after)
        self.retry_after = retry_after


class NothingToProve(NotFound):
    """The ledger, or this server's store, has nothing that could be proven."""

    code: ClassVar[str] = "nothing-to-prove"


class OtherVersion(NothingToProve):
    """The contract has a version that the view does not read."""


class BundleTooLarge(TooLarge):
    """The evidence does not fit into a bundle of 1 MiB."""

    code: ClassVar[str] = "bundle-too-large"


class PageTooLarge(BundleTooLarge):
    """A page has more leaves than a bundle holds."""


class TooFarBehind(BundleTooLarge):
    """More leaves stand behind a page than fit; at ``block`` the stream was short enough, and held the page already."""

    def __init__(self, message: str, *, block: int) -> None:
        super().__init__(message)
        self.block = block


class ProofBroken(LiveLedgerError):
    """The node or the index gave evidence that does not verify; nothing was handed out."""

    code: ClassVar[str] = "proof-broken"
