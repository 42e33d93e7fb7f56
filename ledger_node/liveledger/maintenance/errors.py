"""Why an archive is turned down, or a restore is not begun."""

from __future__ import annotations

from liveledger.domain.errors import ConfigurationError, LiveLedgerError


class ArchiveRefused(LiveLedgerError):
    """The archive is damaged, not an archive, or not what its manifest says. Nothing in the home was changed."""

    code = "archive-refused"
    http_status = 422
    exit_code = 1


class WrongLedger(ConfigurationError):
    """The archive belongs to another chain than the home."""

    code = "wrong-ledger"


class UnsafeSigning(ConfigurationError):
    """A restored validator might sign once more what it has signed before."""

    code = "unsafe-signing"


class ReplayDiffers(LiveLedgerError):
    """The replayed chain is not the recorded one."""

    code = "replay-differs"
    http_status = 409
    exit_code = 1
