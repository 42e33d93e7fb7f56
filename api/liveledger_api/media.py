"""Media types of bodies, without their parameters."""

from __future__ import annotations

JSON_TYPES = frozenset({"application/json", "application/ld+json"})
NDJSON_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
CSV_TYPES = frozenset({"text/csv"})
