"""Accounts of members as the Consortium has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role, Status
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.view_words import view_words
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.member_words import organisation_of, roles_of, status_of
from liveledger.services.member_names import role_names


@dataclass(frozen=True, slots=True)
class MemberAccount:
    """An account (20 bytes) with the number of its organisation, its status and its roles."""

    address: bytes
    organisation: int
    status: Status
    roles: Role

    @property
    def role_names(self) -> list[str]:
        """Its roles in kebab case, in the order of their bits."""
        return role_names(int(self.roles))

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "address": hex_bytes(self.address),
            "organisation": str(self.organisation),
            "status": self.status.name.lower(),
            "roles": self.role_names,
        }

    def text(self) -> str:
        """One line for a terminal."""
        roles = ", ".join(self.role_names) or "no roles"
        return f"{hex_bytes(self.address)}  organisation {self.organisation:>4}  {self.status.name.lower():<9}  {roles}"


def read_account(connection: Connection, address: bytes) -> MemberAccount | None:
    """An account in the newest final block; None for one that no organisation registered."""
    found = _read(connection, [address], final_height(connection))
    return found[0] if found else None


def list_accounts(connection: Connection) -> list[MemberAccount]:
    """All accounts that were ever registered, in the order in which they were, as the newest final block has them."""
    block = final_height(connection)
    logs = connection.execution.logs(0, block, [CONSORTIUM_ADDRESS])
    event = consortium.AccountRegisteredEvent
    registered = [event.decode(log.topics, log.data).account for log in logs if log.topics[0] == event.TOPIC]
    return _read(connection, list(dict.fromkeys(registered)), block)


def _read(connection: Connection, addresses: Sequence[bytes], block: int) -> list[MemberAccount]:
    calls = [consortium.MemberOf(address).calldata() for address in addresses]
    words = view_words(connection.execution, CONSORTIUM_ADDRESS, calls, block)
    return [
        MemberAccount(address, organisation_of(word), Status(status_of(word)), Role(roles_of(word)))
        for address, word in zip(addresses, words, strict=True)
        if word
    ]
