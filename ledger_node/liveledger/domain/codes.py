"""Codes that people read: which can be told from each other by eye, and which cannot.

After Unicode Technical Standard 39, with a table of the letters that occur in codes of goods rather than all of
Unicode's: what is not in it is told by its script.
"""

from __future__ import annotations

import unicodedata

# Letters that look like one of ASCII's, by script: the ones that people mistake in codes.
_TABLES = {
    # Cyrillic
    "АВЕЅІЈКМНОРСТУХӀԚԜҮԌЗЬасеһіјӏорѕухԁԛԝѵгҝ": "ABESIJKMHOPCTYXIQWYG3bacehijlopsyxdqwvrk",
    # Greek
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿονιαρυγϲϳκτ": "ABEZHIKMNOPTYXCJoviapuycjkt",
    # Armenian, Cherokee, Coptic
    "ՕՏօոսհզցյꓲ": "OSonuhqgjI",
    "ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᏀᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏴ": "DRTiAJEWMHGZbRWSVSLCPKB",
    "ⲞⲢⲤⲦⲬⲎⲔⲘⲚⲒ": "OPCTXHKMNI",
    # Latin letters beyond ASCII, signs for them, punctuation
    "ıɑɡǀⅼℓ": "iagIll",
    "‐‑‒–—―−⁃˗－": "----------",
    "‘’ʼ′´`“”″": "''''''\"\"\"",
    "⁄∕／∖＼": "///\\\\",
    "․‚∶ːⁿ∗⁎⸱‧∙•・": ".,::n**·····",
}
_ALIKE: dict[int, str] = {}
for _these, _those in _TABLES.items():
    _ALIKE |= {ord(one): other for one, other in zip(_these, _those, strict=True)}
# Scripts that share their letters' shapes: no word is written in two of them.
_SAME_SHAPES = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
# Characters that are letters or marks by their category, and that nobody sees.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(map(chr, range(0xFE00, 0xFE10)))
_SHOWN = 40


def flaw(code: str) -> str | None:
    """Why a code cannot be read and typed as it stands, in words; None for one that can."""
    hidden = next((letter for letter in code if not letter.isprintable() or letter in _UNSEEN), None)
    if hidden is not None:
        return f"{code[:_SHOWN]!a} has a character that is not seen ({_named(hidden)})"
    if code != code.strip():
        return f"{code[:_SHOWN]!a} has a blank at an end"
    if not unicodedata.is_normalized("NFC", code):
        composed = ascii(unicodedata.normalize("NFC", code)[:_SHOWN])
        return f"{code[:_SHOWN]!a} is written with combining marks: in normal form (NFC) it is {composed}"
    if code in (".", ".."):
        return f"{code!r} is a step in the path of an address"
    return None


def skeleton(code: str) -> str:
    """What a code looks like: equal for two codes that people cannot tell apart. ASCII looks like itself."""
    if code.isascii():
        return code
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", code).translate(_ALIKE))


def disguise(code: str) -> str | None:
    """Why a code is easily taken for another one, whether that exists or not, in words; None for one that is not."""
    if code.isascii():
        return None
    wide = next((letter for letter in code if _is_wide(letter)), None)
    if wide is not None:
        plain = unicodedata.normalize("NFKC", wide)
        return f"{code[:_SHOWN]!r} has the full-width {wide!r} ({_named(wide)}) where {plain!r} is usual"
    found = {script: letter for letter in code if (script := _script(letter)) in _SAME_SHAPES}
    if len(found) > 1:
        named = ", ".join(f"{letter!r} ({_named(letter)})" for _, letter in sorted(found.items()))
        return f"{code[:_SHOWN]!r} mixes letters of scripts that look alike: {named}"
    return None


def _is_wide(letter: str) -> bool:
    plain = unicodedata.normalize("NFKC", letter)
    return "FULLWIDTH" in unicodedata.name(letter, "") and plain.isascii() and plain.isalnum()


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ", 1)[0] if letter.isalpha() else ""


def _named(letter: str) -> str:
    return f"U+{ord(letter):04X} {unicodedata.name(letter, 'unnamed').lower()}"
