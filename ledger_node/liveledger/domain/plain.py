"""Text that came from outside, made fit to be shown: nothing in it steers a terminal or passes for what it is not."""

from __future__ import annotations

import re
from typing import Any

# Invisible, or looking like a space, and yet "printable" for Python: fillers, joiners, selectors of variants, blanks.
_UNSEEN = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U00016fe4\U0001d159\U000e0100-\U000e01ef"
)
# Marks that stand over, under or around the letter before them: two a letter are in use, a pile covers other lines.
_MARKS = (
    "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe20-\ufe2f"
)
_ODD = re.compile(rf"[{_UNSEEN}]|(?<![^\W_])(?<![^\W_][{_MARKS}])[{_MARKS}]")
_RUN = re.compile(r"(?:(?<= )|^) | $")
_NONE = "-"


def printable(text: str) -> str:
    r"""``text`` on one line, with everything that is no plain character as ``\uXXXX`` (two of them beyond U+FFFF).

    Plain are letters of all scripts, digits, signs, emoji and the space U+0020. Controls, line feeds, changes of
    direction, all other spaces, zero-width, tag, private, unassigned and lone surrogate characters are not. Inside the
    strings of JSON the escapes mean the same characters.
    """
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)
    return text if text.isascii() else _ODD.sub(lambda found: _escaped(found[0]), text)


def field(value: Any) -> str:
    """A value that others wrote, as one field of a line: also without spaces that would pass for the gap between two.

    What is no text is shown as Python writes it; nothing at all is ``-``.
    """
    if value is None or value == "":
        return _NONE
    return _RUN.sub(lambda _: "\\u0020", printable(value if isinstance(value, str) else repr(value)))


def _escaped(letter: str) -> str:
    number = ord(letter)
    if number <= 0xFFFF:
        return f"\\u{number:04x}"
    high, low = divmod(number - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
