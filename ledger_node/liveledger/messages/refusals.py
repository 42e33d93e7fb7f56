"""Records that were refused, one by one, and the error that refuses all of a request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.domain.errors import InvalidInput, LiveLedgerError
from liveledger.messages.checks import Finding
from liveledger.tables.errors import MAX_LISTED

FUTURE = "in-the-future"
LOOK_ALIKE = "look-alike"
MISSING = "missing-field"
OTHER_EXPIRY = "other-expiry"
OTHER_GTIN = "other-gtin"
OTHER_ORGANISATION = "other-organisation"
OTHER_PLACE = "other-place"
OTHER_UNIT = "other-unit"
REFUSED_BEFORE = "refused-before"
UNKNOWN_LOT = "unknown-lot"
UNKNOWN_UNIT = "unknown-unit"
UNREADABLE_CODE = "unreadable-code"

# Codes that name a whole request's refusal when its first finding has one; other findings go by the noun's own code.
_NAMED = frozenset(
    (
        *(FUTURE, OTHER_EXPIRY, OTHER_GTIN, OTHER_ORGANISATION, OTHER_PLACE, OTHER_UNIT, UNKNOWN_LOT, UNKNOWN_UNIT),
        *(LOOK_ALIKE, UNREADABLE_CODE),
    )
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that is not taken. ``position`` counts from 0; ``row`` is its row in a table, the head being row 1, or
    its line in NDJSON.

    ``code`` is the refusal's own where it is known without the findings (``malformed-json``, a rule of the ledger).
    """

    position: int
    row: int | None
    findings: tuple[Finding, ...]
    message_id: str | None = None
    code: str = ""

    @property
    def stable_code(self) -> str:
        """The record's code: its own, its first finding's, or that of a breach of form."""
        return self.code or self.findings[0].code or "invalid-message"

    def as_json(self) -> dict[str, Any]:
        """The refusal in an answer that takes the other records."""
        place = {"record": self.position} | ({} if self.row is None else {"row": self.row})
        named = {} if self.message_id is None else {"id": self.message_id}
        return {**place, **named, "code": self.stable_code, "errors": [shown(one) for one in self.findings]}


def spot(position: int, row: int | None) -> str:
    """How a sentence names a record: by its row in a table or line of NDJSON, else by its number from 0."""
    return f"record {position}" if row is None else f"row {row}"


def shown(finding: Finding) -> dict[str, str]:
    """A finding as plain data."""
    return {"path": finding.path, "message": finding.message} | ({"code": finding.code} if finding.code else {})


def refused(refusals: Sequence[Refusal], error: type[InvalidInput]) -> InvalidInput:
    """The error that refuses a whole request for these records; ``details["errors"]`` names the first thousand."""
    first = refusals[0]
    place = first.findings[0]
    _, _, field = place.path.lstrip("/").partition("/")
    found = [(refusal, finding) for refusal in refusals for finding in refusal.findings]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    row = {} if first.row is None else {"row": first.row}
    return error(
        f"{spot(first.position, first.row)}{f', {field}' if field else ''}: {place.message}{more}",
        hint="nothing was written; correct the records that are listed and send all of them again",
        code=place.code if place.code in _NAMED else None,
        path=place.path,
        **row,
        errors=[
            shown(finding) | ({} if refusal.row is None else {"row": refusal.row})
            for refusal, finding in found[:MAX_LISTED]
        ],
    )


def of_error(error: LiveLedgerError, position: int, row: int | None, message_id: str | None) -> Refusal:
    """The refusal of one record for an error that is about it alone."""
    path = str(error.details.get("path", f"/{position}"))
    return Refusal(position, row, (Finding(path, str(error)),), message_id, error.stable_code)


def of_reason(code: str, reason: str, position: int, row: int | None, message_id: str | None) -> Refusal:
    """The refusal of one record as a whole, with its stable code and the reason in a sentence."""
    return Refusal(position, row, (Finding(f"/{position}", reason),), message_id, code)


def in_order(refusals: Iterable[Refusal]) -> list[dict[str, Any]]:
    """Refusals as an answer lists them: in the order of the request."""
    return [refusal.as_json() for refusal in sorted(refusals, key=lambda refusal: refusal.position)]
