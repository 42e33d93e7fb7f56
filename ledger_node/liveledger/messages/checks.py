"""Small checks that build up a description of a JSON form; every finding carries the JSON pointer of its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from liveledger.domain import items
from liveledger.messages.json_body import pointer

MAX_FINDINGS = 50
MAX_URI = 2048
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f]+")
_COUNT = re.compile(r"[0-9]{1,40}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of form: the JSON pointer of the place, a sentence, and a stable code where there is one."""

    path: str
    message: str
    code: str = ""

    def as_dict(self) -> dict[str, str]:
        """Path, message and, where there is one, the code."""
        return {"path": self.path, "message": self.message} | ({"code": self.code} if self.code else {})


@dataclass(slots=True)
class Findings:
    """Collects findings below one place of a document; stops growing at MAX_FINDINGS."""

    path: tuple[str | int, ...] = ()
    found: list[Finding] = field(default_factory=list)

    def below(self, part: str | int) -> Findings:
        """The same collection, one level deeper."""
        return Findings((*self.path, part), self.found)

    def add(self, message: str, code: str = "") -> None:
        """Notes a breach at this place."""
        if len(self.found) < MAX_FINDINGS:
            self.found.append(Finding(pointer(*self.path), message, code))


Check = Callable[[Any, Findings], None]


def text(value: Any, findings: Findings) -> None:
    """A JSON string."""
    if not isinstance(value, str):
        findings.add(f"is {_kind(value)} where text belongs")


def matching(pattern: str, what: str) -> Check:
    """A string that matches ``pattern`` as a whole; ``what`` names it in the finding."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: Any, findings: Findings) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            findings.add(f"{_shown(value)} is no {what}")

    return check


def uri(value: Any, findings: Findings) -> None:
    """An absolute URI (RFC 3986) of at most MAX_URI characters."""
    if not isinstance(value, str) or len(value) > MAX_URI or not _URI.fullmatch(value):
        findings.add(f"{_shown(value)} is no URI")


def item(value: Any, findings: Findings) -> None:
    """The URI of an item or class: where it says that it is a GS1 identifier, it keeps GS1's rules."""
    before = len(findings.found)
    uri(value, findings)
    if len(findings.found) > before:
        return
    try:
        items.canonical(value)
    except items.ItemRefused as refused:
        findings.add(refused.message, refused.stable_code)


def time(value: Any, findings: Findings) -> None:
    """A date and time with its offset (RFC 3339)."""
    if not isinstance(value, str) or not _is_time(value):
        number = str(value) if not isinstance(value, bool) else ""
        what = f"the number {number[:20]}" if _COUNT.fullmatch(number) else _shown(value)
        findings.add(f"{what} is no date and time with an offset, like 2026-11-11T20:00:00+08:00{_counted(number)}")


def number(value: Any, findings: Findings) -> None:
    """A JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        findings.add(f"is {_kind(value)} where a number belongs")


def boolean(value: Any, findings: Findings) -> None:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        findings.add(f"is {_kind(value)} where true or false belongs")


def anything(_value: Any, _findings: Findings) -> None:
    """Any JSON value."""


def word(names: frozenset[str], what: str, reserved: tuple[str, ...] = ()) -> Check:
    """A standard word out of ``names``, or a URI of somebody's own that does not begin with a ``reserved`` prefix."""

    def check(value: Any, findings: Findings) -> None:
        if isinstance(value, str) and value in names:
            return
        if not isinstance(value, str) or len(value) > MAX_URI or not _URI.fullmatch(value):
            findings.add(f"{_shown(value)} is no {what}: neither a word of the standard nor a URI")
        elif value.startswith(reserved):
            findings.add(f"{_shown(value)}: words of the standard are written short, without their prefix")

    return check


def either(first: Check, second: Check) -> Check:
    """A value that one of two checks accepts; the findings of the first are shown."""

    def check(value: Any, findings: Findings) -> None:
        one, other = Findings(findings.path), Findings(findings.path)
        first(value, one)
        second(value, other)
        if one.found and other.found:
            for finding in one.found:
                findings.found.append(finding)

    return check


def array(item: Check, *, least: int = 0, unique: bool = False) -> Check:
    """A list whose members pass ``item``."""

    def check(value: Any, findings: Findings) -> None:
        if not isinstance(value, list):
            findings.add(f"is {_kind(value)} where a list belongs")
            return
        if len(value) < least:
            findings.add(f"has {len(value)} members, at least {least} belong here")
        if unique and len({repr(member) for member in value}) != len(value):
            findings.add("names the same member twice")
        for i, member in enumerate(value):
            item(member, findings.below(i))

    return check


def record(
    fields: Mapping[str, Check], *, required: Sequence[str] = (), extensible: bool = False, others: bool = False
) -> Check:
    """An object with these fields; other names are allowed as ``prefix:name`` where it is ``extensible``.

    Any other name is allowed where the standard's schema leaves the object open (``others``).
    """

    def check(value: Any, findings: Findings) -> None:
        if not isinstance(value, dict):
            findings.add(f"is {_kind(value)} where an object belongs")
            return
        for name in required:
            if name not in value:
                findings.below(name).add("is missing", "missing-field")
        for name, member in value.items():
            if name in fields:
                fields[name](member, findings.below(name))
            elif not others and not (extensible and _URI.fullmatch(name)):
                findings.below(name).add(
                    "is no field of the standard" + (" (own fields are written prefix:name)" if extensible else "")
                )

    return check


def _counted(number: str) -> str:
    """What a number that stands for a time seems to count: seconds have ten digits."""
    if not _COUNT.fullmatch(number):
        return ""
    unit = {10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}.get(len(number))
    return f" (it looks like {unit} since 1970)" if unit else ""


def _is_time(value: str) -> bool:
    if not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return names[type(value)]


def _shown(value: Any) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "…") if isinstance(value, str) else _kind(value)
