"""The message about returned goods: an id, an act, and up to 256 entries in members' words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.bindings.constants import MAX_RETURN_ENTRIES
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.movements import MAX_QUANTITY
from liveledger.domain.returns import DISPOSITIONS, MAX_ORGANISATION, Grade, ReturnAct
from liveledger.messages import json_body
from liveledger.messages.checks import Check, Findings, array, matching, record
from liveledger.services.returns import GradeDraft

MAX_SKU_BYTES, MAX_LOT_BYTES = 64, 20
FIELDS = ("id", "act", "entries", "document", "reason")
ENTRY_FIELDS = ("brand", "sku", "lot", "place", "quantity", "grade", "disposition", "document", "reason")
ACTS = {"grade": ReturnAct.GRADED, "close": ReturnAct.CLOSED}


class InvalidReturn(InvalidInput):
    """A message about returns breaks its form; ``details["errors"]`` names entry and field."""

    code = "invalid-return"


@dataclass(frozen=True, slots=True)
class ReturnMessage:
    """One call as a member describes it; ``document`` is what was sent and what the ledger commits to."""

    message_id: str
    act: ReturnAct
    drafts: tuple[GradeDraft, ...]
    document: dict[str, Any]


def read_message(body: bytes) -> ReturnMessage:
    """Reads a request's body. Raises MalformedJson, or InvalidReturn naming the entry and its field."""
    value = json_body.parse(body)
    findings = Findings()
    _FORM(value, findings)
    if not findings.found:
        _check_dispositions(value["entries"], findings)
    if findings.found:
        first = findings.found[0]
        more = f" (and {len(findings.found) - 1} more)" if len(findings.found) > 1 else ""
        raise InvalidReturn(
            f"{first.path or 'the message'}: {first.message}{more}",
            hint="nothing was written; correct what is listed and send the message again",
            path=first.path,
            errors=[{"path": finding.path, "message": finding.message} for finding in findings.found],
        )
    drafts = tuple(_draft(entry) for entry in value["entries"])
    return ReturnMessage(value["id"], ACTS[value.get("act", "grade")], drafts, value)


def _whole(low: int, high: int, what: str) -> Check:
    def check(value: Any, findings: Findings) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            findings.add(f"{value!r} is no {what} ({low} … {high})"[:160])

    return check


def _code(longest: int, what: str) -> Check:
    def check(value: Any, findings: Findings) -> None:
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= longest:
            findings.add(f"{what} is text of 1 … {longest} bytes")

    return check


def _one_of(names: tuple[str, ...], what: str) -> Check:
    def check(value: Any, findings: Findings) -> None:
        if not isinstance(value, str) or value not in names:
            findings.add(f"{str(value)[:40]!r} is no {what}: {', '.join(names)}")

    return check


def _gln(value: Any, findings: Findings) -> None:
    if not isinstance(value, str):
        findings.add("a GLN is written as text of 13 digits")
        return
    try:
        gs1.gln(value)
    except InvalidInput as error:
        findings.add(error.message)


def _note(value: Any, findings: Findings) -> None:
    if not isinstance(value, str) or len(value) > 256:
        findings.add("is no text of at most 256 characters")


def _bounded(check: Check) -> Check:
    def bounded(value: Any, findings: Findings) -> None:
        if isinstance(value, list) and len(value) > MAX_RETURN_ENTRIES:
            findings.add(f"has {len(value)} members, at most {MAX_RETURN_ENTRIES} belong here")
        else:
            check(value, findings)

    return bounded


_ENTRY = record(
    {
        "brand": _whole(1, MAX_ORGANISATION, "organisation number"),
        "sku": _code(MAX_SKU_BYTES, "a SKU's code"),
        "lot": _code(MAX_LOT_BYTES, "a lot's code"),
        "place": _gln,
        "quantity": _whole(1, MAX_QUANTITY, "quantity in base units"),
        "grade": _one_of(tuple(Grade.__members__), "grade"),
        "disposition": _one_of(tuple(entry.name.lower() for entry in DISPOSITIONS.values()), "disposition"),
        **dict.fromkeys(("document", "reason"), _note),
    },
    required=("brand", "sku", "place", "quantity", "grade"),
)
_FORM = record(
    {
        "id": matching(r"[!-~]{1,128}", "id of 1 … 128 visible ASCII characters"),
        "act": _one_of(tuple(ACTS), "act"),
        "entries": _bounded(array(_ENTRY, least=1)),
        **dict.fromkeys(("document", "reason"), _note),
    },
    required=("id", "entries"),
)


def _check_dispositions(entries: list[dict[str, Any]], findings: Findings) -> None:
    for position, entry in enumerate(entries):
        own = DISPOSITIONS[Grade[entry["grade"]]].name.lower()
        if entry.get("disposition", own) != own:
            message = f"{entry['disposition']} is not what becomes of grade {entry['grade']}: {own}"
            findings.below("entries").below(position).below("disposition").add(message)


def _draft(entry: dict[str, Any]) -> GradeDraft:
    return GradeDraft(
        brand=entry["brand"],
        sku=entry["sku"],
        lot=entry.get("lot"),
        place=gs1.gln(entry["place"]),
        quantity=entry["quantity"],
        grade=Grade[entry["grade"]],
    )
