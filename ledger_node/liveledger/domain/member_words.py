"""What stands in the Consortium's words of members and places (docs/formats.md)."""

from __future__ import annotations

_ORGANISATION_BITS = 0xFFFF
_STATUS_SHIFT, _STATUS_BITS = 16, 0xFF
_ROLES_SHIFT, _ROLES_BITS = 24, 0xFFFFFFFF
_GLN_SHIFT, _GLN_BITS = 24, 0xFFFFFFFFFFFFFFFF


def organisation_of(word: int) -> int:
    """The organisation's number in the word of a member or a place."""
    return word & _ORGANISATION_BITS


def status_of(word: int) -> int:
    """The status in the word of a member or a place."""
    return word >> _STATUS_SHIFT & _STATUS_BITS


def roles_of(member_word: int) -> int:
    """The roles in the word of a member."""
    return member_word >> _ROLES_SHIFT & _ROLES_BITS


def gln_of(place_word: int) -> int:
    """The GLN in the word of a place."""
    return place_word >> _GLN_SHIFT & _GLN_BITS
