"""What of a ledger's contracts this program cannot speak of, and the sentences and errors that say so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from liveledger.domain.errors import ConfigurationError, LiveLedgerError, NotFound

_UPGRADE = "upgrade LiveLedger: the release that knows it answers these questions, and fills its index from that block"
_ABSENT = "the contracts of a family come onto a ledger by `liveledger deploy`, after the handing over by a vote"


class WrongContract(ConfigurationError):
    """A contract on the chain is not the one that this program was built for. Nothing was sent."""

    code = "wrong-contract"


class UnknownVersion(LiveLedgerError):
    """The ledger's contract has a version that this program does not know: its questions are left to a newer one."""

    code = "unknown-version"
    http_status = 501
    exit_code = 4


class NotOnThisLedger(NotFound):
    """The ledger has no contract of this family."""

    code = "not-on-this-ledger"


class Reason(StrEnum):
    """Why the questions of a contract cannot be answered."""

    MISSING = "missing"
    UNKNOWN_VERSION = "unknown-version"


@dataclass(frozen=True, slots=True)
class Gap:
    """A contract of ``family`` that this program cannot speak of.

    ``version`` is the one that is active on the ledger since block ``since`` (both 0 where it is missing), ``known``
    the newest one that this program knows.
    """

    family: str
    contract: str
    reason: Reason
    version: int
    since: int
    known: int

    def sentence(self) -> str:
        """What keeps the questions from being answered."""
        if self.reason is Reason.MISSING:
            return f"this ledger has no {self.contract}"
        others = "up to" if self.version > self.known else "from"
        return (
            f"this program knows {self.contract} {others} version {self.known}; "
            f"the ledger has {self.version} since block {self.since}"
        )

    def error(self) -> LiveLedgerError:
        """For whoever asks: UnknownVersion or NotOnThisLedger."""
        if self.reason is Reason.MISSING:
            return NotOnThisLedger(self.sentence(), hint=_ABSENT, **self._details())
        return UnknownVersion(self.sentence(), hint=_UPGRADE, **self._details())

    def refusal(self) -> LiveLedgerError:
        """For whoever would write to it: WrongContract, NotOnThisLedger where there is none."""
        if self.reason is Reason.MISSING:
            return self.error()
        return WrongContract(self.sentence(), hint=_UPGRADE, **self._details())

    def as_dict(self) -> dict[str, Any]:
        """As JSON data; numbers are decimal strings."""
        return {**self._details(), "sentence": self.sentence()}

    def _details(self) -> dict[str, str]:
        return {
            "family": self.family,
            "contract": self.contract,
            "reason": self.reason.value,
            "version": str(self.version),
            "since": str(self.since),
            "known": str(self.known),
        }
