"""Who calls: nobody in particular, a member, a key that acts for a member, or whoever is on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from liveledger.bindings.constants import Role
from liveledger.domain.hashing import hex_bytes


class Kind(StrEnum):
    """Kinds of caller."""

    NOBODY = "nobody"
    LOCAL = "local"
    MEMBER = "member"
    KEY = "key"


class Interface(StrEnum):
    """Parts of the API that an API key may be limited to."""

    LEDGER = "ledger"
    MOVEMENTS = "movements"
    SNAPSHOTS = "snapshots"
    EVENTS = "events"
    RETURNS = "returns"
    READINGS = "readings"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Standing:
    """An active account (20 bytes) of an active organisation: its number, its GLN, the account's roles."""

    account: bytes
    organisation: int
    gln: int
    roles: Role


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose credential was checked; ``standing`` is the ledger's word on the account that it acts for.

    ``interfaces`` limits what a key may ask; ``credential`` is the id of the key or the digest (hex) of the token.
    """

    kind: Kind
    standing: Standing | None = None
    interfaces: frozenset[Interface] | None = None
    credential: str = ""

    @property
    def name(self) -> str:
        """How logs and limits tell it from others; no secret."""
        if self.standing is None:
            return self.kind.value
        account = hex_bytes(self.standing.account)
        return f"key {self.credential}" if self.kind is Kind.KEY else account

    @property
    def organisation(self) -> int:
        """The number of its organisation; 0 for none."""
        return self.standing.organisation if self.standing else 0

    @property
    def is_local(self) -> bool:
        """Whether this is the machine's own user on an API without login: nothing is kept from it."""
        return self.kind is Kind.LOCAL


NOBODY = Principal(Kind.NOBODY)
LOCAL = Principal(Kind.LOCAL)
