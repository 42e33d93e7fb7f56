"""What stands in the Consortium's words of members and places (docs/formats.md)."""

from __future__ import annotations

from liveledger.bindings.constants import OrganisationKind, Role

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


def kind_name(kind: int) -> str:
    """A kind of organisation in lower case; one that a vote defined by its number."""
    known = {int(one): one.name.lower() for one in OrganisationKind}
    return known.get(kind, f"kind-{kind}")


def role_names(roles: int) -> list[str]:
    """Roles in kebab case, in the order of their bits; those that a vote defined by their bits' numbers."""
    names = {int(role): str(role.name).lower().replace("_", "-") for role in Role}
    bits = [1 << at for at in range(roles.bit_length()) if roles >> at & 1]
    return [names.get(bit, f"role-{bit.bit_length() - 1}") for bit in bits]


def gln_of(place_word: int) -> int:
    """The GLN in the word of a place."""
    return place_word >> _GLN_SHIFT & _GLN_BITS
