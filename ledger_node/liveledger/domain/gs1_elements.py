"""GS1 keys and their qualifiers as element strings: application identifiers, lengths, characters, check digits.

GS1 General Specifications, section 3; which qualifiers a key has, and in which order: GS1 Digital Link URI Syntax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput
from liveledger.domain.gs1 import check_digit

TEXT = r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"""  # character set 82
PART = r"[#\-/0-9A-Z]"  # character set 39


class ItemRefused(InvalidInput):
    """A URI says that it is a GS1 identifier and breaks a rule of GS1; ``code`` says which."""

    code = "gs1-form"


@dataclass(frozen=True, slots=True)
class KeyForm:
    """A key's form: what its value looks like, how many digits its check digit ends, its qualifiers in their order.

    ``finest``: of the qualifiers only the last one makes the item; those before it say no more about it.
    """

    name: str
    value: re.Pattern[str]
    checked: int = 0
    qualifiers: tuple[str, ...] = ()
    finest: bool = False


@dataclass(frozen=True, slots=True)
class Identifier:
    """A key and its qualifiers, each an application identifier and its value (not percent-encoded)."""

    key: str
    value: str
    qualifiers: tuple[tuple[str, str], ...] = ()


def _form(name: str, value: str, checked: int = 0, qualifiers: tuple[str, ...] = (), finest: bool = False) -> KeyForm:
    return KeyForm(name, re.compile(value), checked, qualifiers, finest)


_TRADE_ITEM = ("22", "10", "21", "235")
KEYS = {
    "01": _form("GTIN", r"[0-9]{14}", 14, _TRADE_ITEM, finest=True),
    "8006": _form("ITIP", r"[0-9]{18}", 14, _TRADE_ITEM[:3], finest=True),
    "00": _form("SSCC", r"[0-9]{18}", 18),
    "414": _form("GLN", r"[0-9]{13}", 13, ("254", "7040")),
    "417": _form("party GLN", r"[0-9]{13}", 13, ("7040",)),
    "253": _form("GDTI", rf"[0-9]{{13}}{TEXT}{{0,17}}", 13),
    "255": _form("GCN", r"[0-9]{13,25}", 13),
    "401": _form("GINC", rf"[0-9]{{4}}{TEXT}{{1,26}}"),
    "402": _form("GSIN", r"[0-9]{17}", 17),
    "8003": _form("GRAI", rf"0[0-9]{{13}}{TEXT}{{0,16}}", 14),
    "8004": _form("GIAI", rf"[0-9]{{4}}{TEXT}{{1,26}}", 0, ("7040",)),
    "8010": _form("CPID", rf"[0-9]{{4}}{PART}{{1,26}}", 0, ("8011",)),
    "8017": _form("provider GSRN", r"[0-9]{18}", 18, ("8019",)),
    "8018": _form("recipient GSRN", r"[0-9]{18}", 18, ("8019",)),
}
QUALIFIERS = {
    "22": ("consumer product variant", re.compile(rf"{TEXT}{{1,20}}")),
    "10": ("lot", re.compile(rf"{TEXT}{{1,20}}")),
    "21": ("serial number", re.compile(rf"{TEXT}{{1,20}}")),
    "235": ("third-party serial number", re.compile(rf"{TEXT}{{1,28}}")),
    "254": ("GLN extension", re.compile(rf"{TEXT}{{1,20}}")),
    "7040": ("unique identification code", re.compile(rf"[0-9]{TEXT}{{3}}")),
    "8011": ("CPID serial number", re.compile(r"[0-9]{1,12}")),
    "8019": ("service relation number", re.compile(r"[0-9]{1,10}")),
}
_GTIN_LENGTHS = (8, 12, 13)
_SHOWN = 40


def item_of(identifier: Identifier) -> Identifier:
    """The item that an identifier names: checked, its GTIN of 14 digits, without what makes no other item.

    A lot or variant beside a serial number makes none, nor does a variant beside a lot, nor the GLN extension 0.
    Raises ItemRefused.
    """
    key, form = identifier.key, KEYS[identifier.key]
    value = identifier.value.zfill(14) if key == "01" and len(identifier.value) in _GTIN_LENGTHS else identifier.value
    _check_text(form.name, form.value, value)
    if form.checked:
        _check_digit(form, value)
    for name, text in identifier.qualifiers:
        _check_text(QUALIFIERS[name][0], QUALIFIERS[name][1], text)
    _check_order(form, [name for name, _ in identifier.qualifiers])
    kept = identifier.qualifiers[-1:] if form.finest else identifier.qualifiers
    return Identifier(key, value, tuple(pair for pair in kept if pair != ("254", "0")))


def _check_text(name: str, pattern: re.Pattern[str], value: str) -> None:
    if not pattern.fullmatch(value):
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        raise ItemRefused(f"{shown!r} is no {name}: other characters, too long or too short", code="gs1-value")


def _check_digit(form: KeyForm, value: str) -> None:
    digits = value[: form.checked]
    right = check_digit(digits[:-1])
    if int(digits[-1]) != right:
        sentence = f"the {form.name} {digits} ends in {digits[-1]}, its check digit is {right}"
        raise ItemRefused(sentence, code="gs1-check-digit")


def _check_order(form: KeyForm, names: list[str]) -> None:
    places = [form.qualifiers.index(name) for name in names]
    both = {"21", "235"} <= set(names) or {"254", "7040"} <= set(names)
    if both or places != sorted(set(places)):
        order = ", ".join(form.qualifiers)
        raise ItemRefused(
            f"behind a {form.name} stand {', '.join(names)}, each once and in the order {order}", code="gs1-key-order"
        )
