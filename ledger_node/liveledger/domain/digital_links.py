"""GS1 Digital Link URIs, uncompressed: read at any host, written at id.gs1.org."""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_to_bytes

from liveledger.domain.gs1_elements import KEYS, Identifier, ItemRefused

HOME = "id.gs1.org"
_LINK = re.compile(r"https?://(?:[^/?#]*@)?([^/?#:@]*)(?::[0-9]*)?((?:/[^?#]*)?)(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
# Names that earlier versions of the standard allowed in place of application identifiers.
_NAMES = {
    "gtin": "01",
    "itip": "8006",
    "sscc": "00",
    "gln": "414",
    "party": "417",
    "gdti": "253",
    "gcn": "255",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpid": "8010",
    "gsrnp": "8017",
    "gsrn": "8018",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
    "glnx": "254",
    "cpsn": "8011",
    "srin": "8019",
}
# What tells a key from a word of somebody's own path.
_LIKELY = {
    key: re.compile(r"[0-9]{8}|[0-9]{12,14}" if key == "01" else r"[0-9]{4}.+" if not form.checked else r"[0-9]{13}.*")
    for key, form in KEYS.items()
}
_COMPRESSED = re.compile(r"[A-Za-z0-9_-]{10,}")
# Escaped in a path: everything of the two character sets but letters, digits and these.
_PLAIN = "'-.;=_"
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def read_link(uri: str) -> Identifier | None:
    """The identifier that a Digital Link holds, unchecked; None for a web address of another kind.

    Query and fragment say nothing about what it is. Raises ItemRefused for an address at id.gs1.org that holds a broken
    one; keys that name no item (8013, 415) are none of our affair.
    """
    found = _LINK.fullmatch(uri)
    if not found:
        return None
    parts = found[2].split("/")[1:]
    if parts and not parts[-1]:
        parts.pop()
    for start in range(len(parts) % 2, len(parts), 2):
        identifier = _identifier(parts[start::2], parts[start + 1 :: 2])
        if identifier:
            return identifier
    if found[1].lower() == HOME:
        _refuse_broken(uri, parts)
    return None


def write_link(item: Identifier) -> str:
    """The uncompressed Digital Link of a checked identifier at id.gs1.org."""
    pairs = ((item.key, item.value), *item.qualifiers)
    return f"https://{HOME}/" + "/".join(f"{name}/{_escaped(value)}" for name, value in pairs)


def unescaped(text: str) -> str:
    """``text`` without percent-encoding. Raises ItemRefused where an escape is none, or no text of ASCII comes out."""
    if _BROKEN_ESCAPE.search(text):
        raise ItemRefused(f"{text[:40]!r} has a % that begins no escape", code="gs1-value")
    try:
        return unquote_to_bytes(text).decode("ascii")
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise ItemRefused(f"{text[:40]!r} has characters outside ASCII", code="gs1-value") from None


def _identifier(written: list[str], values: list[str]) -> Identifier | None:
    key = _NAMES.get(written[0], written[0])
    if key not in KEYS or not _LIKELY[key].fullmatch(unquote(values[0])):
        return None
    names = [_NAMES.get(name, name) for name in written[1:]]
    if not set(names) <= set(KEYS[key].qualifiers):
        return None
    plain = [unescaped(value) for value in values]
    return Identifier(key, plain[0], tuple(zip(names, plain[1:], strict=True)))


def _escaped(value: str) -> str:
    return "".join(char if char.isalnum() or char in _PLAIN else f"%{ord(char):02X}" for char in value)


def _refuse_broken(uri: str, parts: list[str]) -> None:
    if any(_NAMES.get(part, part) in KEYS for part in parts):
        raise ItemRefused(
            f"{uri[:80]!r} is no GS1 Digital Link: a key, its value, and qualifiers of that key with their values"
        )
    if len(parts) == 1 and _COMPRESSED.fullmatch(parts[0]) and not parts[0].isdigit():
        raise ItemRefused(
            f"{uri[:80]!r} looks like a compressed Digital Link",
            hint="write it uncompressed, as https://id.gs1.org/01/…",
            code="gs1-compressed",
        )
