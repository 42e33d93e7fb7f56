"""Tables of tokens and API keys: digests alone, no secret. Times are Unix seconds."""

from __future__ import annotations

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from liveledger_api.store.base import Base


class StoredToken(Base):
    """A token that was given out for a login; it acts for ``account`` (20 bytes). ``digest`` is SHA-256 (32 bytes)."""

    __tablename__ = "tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    created_at: Mapped[float]
    expires_at: Mapped[float]


class StoredKey(Base):
    """An API key that acts for ``account`` (20 bytes) of ``organisation`` at ``interfaces`` (JSON).

    ``ended_at`` is empty until it is revoked; ``used_at`` is kept to the minute.
    """

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    account: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    organisation: Mapped[int] = mapped_column(index=True)
    interfaces: Mapped[str]
    created_at: Mapped[float]
    expires_at: Mapped[float]
    ended_at: Mapped[float | None]
    used_at: Mapped[float | None]
