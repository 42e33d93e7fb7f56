"""Refusals that several parts of the API share; what each becomes on the wire stands in `problems`."""

from __future__ import annotations

from liveledger.domain.errors import LiveLedgerError


class AlreadyExists(LiveLedgerError):
    """What was sent under this identifier is there already."""

    code = "already-exists"
    http_status = 409
    exit_code = 1


class UnsupportedMediaType(LiveLedgerError):
    """The body is of a type that this address does not read."""

    code = "unsupported-media-type"
    http_status = 415
    exit_code = 2
