"""GS1 keys: check digits of GTIN-8, -12, -13, -14 and GLN (GS1 General Specifications, section 7.9)."""

from __future__ import annotations

from liveledger.domain.errors import InvalidInput

GTIN_LENGTHS = (8, 12, 13, 14)
GLN_LENGTH = 13


def check_digit(body: str) -> int:
    """The check digit that belongs after ``body``: weights 3, 1, 3, … from the right, the sum's complement to ten."""
    _require_digits("GS1 key", body)
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return (10 - total % 10) % 10


def with_check_digit(body: str) -> str:
    """``body`` and its check digit."""
    return body + str(check_digit(body))


def gtin14(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits, padded to 14. Raises InvalidInput on another length or a wrong check digit."""
    _require_key("GTIN", text, GTIN_LENGTHS)
    return text.zfill(14)


def gln(text: str) -> int:
    """A GLN's 13 digits as the number that the chain keeps. Raises InvalidInput as `gtin14` does."""
    _require_key("GLN", text, (GLN_LENGTH,))
    return int(text)


def gln_text(number: int) -> str:
    """The 13 digits of a GLN that is kept as a number."""
    return str(number).zfill(GLN_LENGTH)


def gtin_text(number: int) -> str | None:
    """The 14 digits of a GTIN that is kept as a number; None for 0, which stands for none."""
    return str(number).zfill(max(GTIN_LENGTHS)) if number else None


def glns_from(digits: str) -> tuple[int, int]:
    """The lowest and the highest number whose 13 digits begin with ``digits`` (1 to 13). Raises InvalidInput."""
    _require_digits("GLN", digits)
    if len(digits) > GLN_LENGTH:
        raise InvalidInput(f"a GLN has {GLN_LENGTH} digits, not {len(digits)}", value=digits[:40])
    return int(digits.ljust(GLN_LENGTH, "0")), int(digits.ljust(GLN_LENGTH, "9"))


def _require_key(name: str, text: str, lengths: tuple[int, ...]) -> None:
    _require_digits(name, text)
    if len(text) not in lengths:
        expected = " or ".join(map(str, lengths))
        raise InvalidInput(f"the {name} {text} has {len(text)} digits instead of {expected}", value=text)
    right = check_digit(text[:-1])
    if int(text[-1]) != right:
        raise InvalidInput(f"the {name} {text} ends in {text[-1]}, its check digit is {right}", value=text)


def _require_digits(name: str, text: str) -> None:
    if not text or not text.isascii() or not text.isdigit():
        raise InvalidInput(f"a {name} has digits only, not {text[:40]!r}", value=text[:40])
