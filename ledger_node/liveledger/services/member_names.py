"""Names of kinds of organisation and of roles, those that a vote defined among them."""

from __future__ import annotations

from liveledger.bindings.constants import OrganisationKind, Role


def kind_name(kind: int) -> str:
    """A kind of organisation in lower case; one that a vote defined by its number."""
    known = {int(one): one.name.lower() for one in OrganisationKind}
    return known.get(kind, f"kind-{kind}")


def role_names(roles: int) -> list[str]:
    """Roles in kebab case, in the order of their bits; those that a vote defined by their bits' numbers."""
    names = {int(role): str(role.name).lower().replace("_", "-") for role in Role}
    bits = [1 << at for at in range(roles.bit_length()) if roles >> at & 1]
    return [names.get(bit, f"role-{bit.bit_length() - 1}") for bit in bits]
