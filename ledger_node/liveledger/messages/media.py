"""Media types of bodies, without their parameters."""

from __future__ import annotations

from liveledger.domain.errors import LiveLedgerError

JSON_TYPES = frozenset({"application/json", "application/ld+json"})
NDJSON_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
CSV_TYPES = frozenset({"text/csv"})


class UnsupportedMediaType(LiveLedgerError):
    """The body is of a type that this address does not read."""

    code = "unsupported-media-type"
    http_status = 415
    exit_code = 2
