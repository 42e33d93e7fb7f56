"""EPC URIs (GS1 EPC Tag Data Standard, sections 6 and 12): identities, lot classes and patterns of a whole class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from liveledger.domain.digital_links import unescaped
from liveledger.domain.gs1 import with_check_digit
from liveledger.domain.gs1_elements import Identifier, ItemRefused

PREFIX_LENGTHS = range(6, 13)
_URN = re.compile(r"(?i:urn:epc):(id|class|idpat):([a-z]+):(.*)", re.DOTALL)
# Characters that stand for themselves in an EPC URI (TDS, tables A-1 and G-1); the rest are escaped.
_PLAIN = re.compile(r"[!'()*+,\-.0-9:;=A-Z_a-z]")
_RAW = re.compile(rf"(?:{_PLAIN.pattern}|%)*")


@dataclass(frozen=True, slots=True)
class Scheme:
    """How an EPC URI is built: company prefix and reference have ``digits`` together (0: a text follows the prefix).

    ``leading``: the reference's first digit stands before the prefix in the key. ``parts``: what follows, number of
    digits each (0: any text). ``key`` and ``qualifier`` are application identifiers; parts without one of their own
    belong to the key's value, and so does what stands ``before`` its digits.
    """

    key: str
    digits: int
    leading: bool = False
    parts: tuple[int, ...] = ()
    qualifier: str = ""
    before: str = ""


SCHEMES: dict[tuple[str, str], Scheme] = {
    ("id", "sgtin"): Scheme("01", 13, True, (0,), "21"),
    ("class", "lgtin"): Scheme("01", 13, True, (0,), "10"),
    ("idpat", "sgtin"): Scheme("01", 13, True),
    ("id", "upui"): Scheme("01", 13, True, (0,), "235"),
    ("idpat", "upui"): Scheme("01", 13, True),
    ("id", "itip"): Scheme("8006", 13, True, (2, 2, 0), "21"),
    ("idpat", "itip"): Scheme("8006", 13, True, (2, 2)),
    ("id", "sscc"): Scheme("00", 17, True),
    ("id", "sgln"): Scheme("414", 12, False, (0,), "254"),
    ("id", "pgln"): Scheme("417", 12),
    ("id", "grai"): Scheme("8003", 12, False, (0,), before="0"),
    ("idpat", "grai"): Scheme("8003", 12, before="0"),
    ("id", "gdti"): Scheme("253", 12, False, (0,)),
    ("idpat", "gdti"): Scheme("253", 12),
    ("id", "sgcn"): Scheme("255", 12, False, (0,)),
    ("idpat", "sgcn"): Scheme("255", 12),
    ("id", "gsrn"): Scheme("8018", 17),
    ("id", "gsrnp"): Scheme("8017", 17),
    ("id", "gsin"): Scheme("402", 16),
    ("id", "giai"): Scheme("8004", 0),
    ("id", "ginc"): Scheme("401", 0),
    ("id", "cpi"): Scheme("8010", 0, False, (0,), "8011"),
    ("idpat", "cpi"): Scheme("8010", 0),
}


def read_urn(uri: str) -> Identifier | None:
    """The identifier that an EPC URI holds; None for another URI, a scheme without a GS1 key, or a partial pattern.

    Raises ItemRefused where it breaks the form of its scheme.
    """
    found = _URN.fullmatch(uri)
    scheme = SCHEMES.get((found[1], found[2])) if found else None
    if not found or not scheme:
        return None
    body = found[3]
    if found[1] == "idpat":
        if not body.endswith(".*") or "*" in body[:-1]:
            return None
        body = body[:-2]
    prefix, reference, *parts = _components(body, 2 + len(scheme.parts), uri)
    if not re.fullmatch(r"[0-9]{6,12}", prefix):
        sentence = f"the company prefix of {uri[:80]!r} has not 6 to 12 digits"
        raise ItemRefused(sentence, code="gs1-company-prefix")
    head = _head(scheme, prefix, reference, uri)
    plain = [_part(part, digits, uri) for part, digits in zip(parts, scheme.parts, strict=True)]
    if scheme.qualifier:
        return Identifier(scheme.key, head + "".join(plain[:-1]), ((scheme.qualifier, plain[-1]),))
    return Identifier(scheme.key, head + "".join(plain))


def urns(item: Identifier) -> Iterator[str]:
    """EPC URIs of a checked identifier: one for each length that its company prefix may have."""
    used = set()
    for (kind, name), scheme in SCHEMES.items():
        parts = _parts_of(item, scheme)
        slot = (scheme.qualifier, len(scheme.parts))
        if scheme.key != item.key or parts is None or slot in used:
            continue
        used.add(slot)
        tail = "".join(f".{_escaped(part)}" for part in parts) + (".*" if kind == "idpat" else "")
        for prefix, reference in _splits(item, scheme):
            yield f"urn:epc:{kind}:{name}:{prefix}.{_escaped(reference)}{tail}"


def _components(body: str, count: int, uri: str) -> list[str]:
    """The components of an EPC URI; dots in the last one are its own."""
    found = body.split(".", count - 1)
    if len(found) != count:
        raise ItemRefused(f"{uri[:80]!r} has not the {count} components of its scheme")
    return found


def _head(scheme: Scheme, prefix: str, reference: str, uri: str) -> str:
    """The key's digits with their check digit, or prefix and reference as a text."""
    if not scheme.digits:
        return prefix + _part(reference, 0, uri)
    if not re.fullmatch(rf"[0-9]{{{scheme.digits - len(prefix)}}}", reference):
        sentence = f"company prefix and reference of {uri[:80]!r} have not {scheme.digits} digits together"
        raise ItemRefused(sentence, code="gs1-value")
    body = reference[0] + prefix + reference[1:] if scheme.leading else prefix + reference
    return scheme.before + with_check_digit(body)


def _part(text: str, digits: int, uri: str) -> str:
    right = re.fullmatch(rf"[0-9]{{{digits}}}", text) if digits else text and _RAW.fullmatch(text)
    if not right:
        raise ItemRefused(f"{text[:40]!r} in {uri[:80]!r} is none of an EPC URI", code="gs1-value")
    return unescaped(text)


def _parts_of(item: Identifier, scheme: Scheme) -> list[str] | None:
    """What follows the reference in the EPC URI of an item; None where the scheme cannot say it."""
    qualifiers = item.qualifiers or ((("254", "0"),) if scheme.qualifier == "254" else ())
    if [name for name, _ in qualifiers] != ([scheme.qualifier] if scheme.qualifier else []):
        return None
    rest = item.value[len(scheme.before) + scheme.digits + 1 :] if scheme.digits else ""
    if item.key == "8006":
        return [rest[:2], rest[2:], *(value for _, value in qualifiers)]
    if scheme.parts and not scheme.qualifier:
        return [rest] if rest else None
    return None if rest else [value for _, value in qualifiers]


def _splits(item: Identifier, scheme: Scheme) -> Iterator[tuple[str, str]]:
    """Company prefix and reference (unescaped), for each length of the prefix."""
    start = len(scheme.before)
    head = item.value[start : start + scheme.digits] if scheme.digits else item.value
    first, body = (head[0], head[1:]) if scheme.leading else ("", head)
    for length in PREFIX_LENGTHS:
        prefix, reference = body[:length], body[length:]
        if prefix.isdigit() and len(prefix) == length and (scheme.digits or reference):
            yield prefix, first + reference


def _escaped(text: str) -> str:
    return "".join(char if _PLAIN.fullmatch(char) else f"%{ord(char):02X}" for char in text)
