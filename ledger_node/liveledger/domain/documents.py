"""Limits of EPCIS events: what is captured must fit into a proof, so capture and proofs share one rule.

In a bundle an event stands twice, in the evidence and in the answer, each time below four levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.hashing import canonical_json

MAX_EVENT_DEPTH = 32
MAX_EVENT_BYTES = 256 * 1024
MAX_SAFE_INTEGER = (1 << 53) - 1
_EXPONENT_FROM = 1e21  # from here on RFC 8785 writes a number with an exponent; below, a whole one as digits alone


@dataclass(frozen=True, slots=True)
class Breach:
    """Why an event cannot be proven: the path of the value in question, a sentence that follows on the event's name."""

    path: tuple[str | int, ...]
    sentence: str


def breach(event: dict[str, Any]) -> Breach | None:
    """The first limit that ``event`` breaks, None where it keeps them all.

    Limits: 32 levels of objects and arrays, no whole number beyond ±(2⁵³ − 1) in RFC 8785 form, 262,144 bytes of it.
    """
    pending: list[tuple[Any, tuple[str | int, ...]]] = [(event, ())]
    while pending:
        value, path = pending.pop()
        if isinstance(value, dict | list):
            if len(path) >= MAX_EVENT_DEPTH:  # nothing recurses before this is known
                return Breach(path, f"is nested deeper than {MAX_EVENT_DEPTH} levels")
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            pending.extend((child, (*path, key)) for key, child in entries)
        elif _unsafe(value):
            return Breach(path, "holds a whole number beyond 2^53 - 1, which has no safe form")
    return _breach_of_form(event)


def _unsafe(value: Any) -> bool:
    """Whether a number's RFC 8785 form is a run of digits beyond what every reader takes."""
    if isinstance(value, float):
        return MAX_SAFE_INTEGER < abs(value) < _EXPONENT_FROM
    return isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER


def _breach_of_form(event: dict[str, Any]) -> Breach | None:
    try:
        size = len(canonical_json(event))
    except ValueError as error:
        return Breach((), f"has no canonical form: {error}")
    if size > MAX_EVENT_BYTES:
        return Breach((), f"takes {size} bytes in canonical form; {MAX_EVENT_BYTES} are the limit")
    return None
