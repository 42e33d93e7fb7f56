"""Refusals that several parts of the API share; what each becomes on the wire stands in `problems`."""

from __future__ import annotations

from liveledger.domain.errors import LiveLedgerError


class AlreadyExists(LiveLedgerError):
    """What was sent under this identifier is there already."""

    code = "already-exists"
    http_status = 409
    exit_code = 1
