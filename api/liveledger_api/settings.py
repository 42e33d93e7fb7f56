"""Settings of the API server; built once in the entrypoint and passed in."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import DEFAULT_LEDGER, LedgerHome
from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1 << 20


class ApiSettings(BaseSettings):
    """Settings, each also from an environment variable ``LIVELEDGER_API_<NAME>``.

    Without a ``port`` the ledger's own is taken, which its first start chose (see `ports`); 0 is a free one, once.
    Sizes are in bytes, times in seconds. ``account`` is the label of the key that submissions are signed with unless
    a request names another one of this home. ``lane`` is the lane that its movements are posted on; nobody else may use
    it with the same account. Over ``max_connections`` at once, idle ones among them, are answered 503.
    """

    model_config = SettingsConfigDict(env_prefix="LIVELEDGER_API_", frozen=True)

    root: Path | None = None
    ledger: str = DEFAULT_LEDGER
    host: str = "127.0.0.1"
    port: int | None = None
    account: str = "operator"
    lane: int = 1000
    max_movements: int = 2000
    max_snapshots: int = 5000
    max_body_bytes: int = 16 * MEBIBYTE
    max_body_seconds: float = 30.0
    max_connections: int = 128
    max_capture_events: int = 2000
    max_open_captures: int = 64
    follow_seconds: float = 0.3
    ready_lag_blocks: int = 5

    @field_validator("host")
    @classmethod
    def only_loopback(cls, host: str) -> str:
        """Refuses every address but loopback, since members cannot be told apart yet. Raises ConfigurationError."""
        if host != "localhost" and not _is_loopback(host):
            raise ConfigurationError(
                f"the API does not listen on {host}",
                hint="it has no access control for members yet and listens on 127.0.0.1 only",
            )
        return host

    def home(self) -> LedgerHome:
        """Home folder of the ledger that is served."""
        return LedgerHome.find(self.ledger, self.root)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
