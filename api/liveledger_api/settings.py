"""Settings of the API server; built once in the entrypoint and passed in."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import DEFAULT_LEDGER, LOGIN_NONE, LedgerHome

MEBIBYTE = 1 << 20
NO_LOGIN = "no login: whoever reaches this API on this machine may act with every key of its home"
# Scheme, host and port, in lower case: what a login names is compared letter by letter.
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(?::[0-9]{1,5})?", re.ASCII)


class ApiSettings(BaseSettings):
    """Settings, each also from an environment variable ``LIVELEDGER_API_<NAME>``.

    Without a ``port`` the ledger's own is taken, which its first start chose (see `ports`); 0 is a free one, once.
    Sizes are in bytes, times in seconds. ``account`` is the label of the key that submissions are signed with unless
    a request names another one of this home. ``lane`` is the lane that its movements are posted on; nobody else may use
    it with the same account. Over ``max_connections`` at once, idle ones among them, are answered 503.

    ``login`` says whether callers log in; where it is not said, the ledger's folder says it (`needs_login`).
    ``origins`` are the addresses, with commas between them, under which the API is reached from outside, like
    ``https://ledger.example.org``: only at these and on loopback a login is good. A token lives ``token_seconds``.
    With ``public_documents`` everybody reads the EPCIS documents of the items that they ask for; without, who has no
    part in an event is shown its members in ``shown_members`` (names, with commas between), if any. With a login each
    member and each API key may ask ``member_rate`` times a second and ``member_burst`` times at once, all
    of an organisation together ``organisation_rate`` and ``organisation_burst``, each network address from which nobody
    in particular asks ``stranger_rate`` and ``stranger_burst``; ``behind_proxy`` takes that address from ``X-Real-IP``
    of a proxy on this machine.
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
    shown_members: str | None = None
    follow_seconds: float = 0.3
    ready_lag_blocks: int = 5
    login: bool | None = None
    origins: str = ""
    token_seconds: int = Field(default=3_600, ge=60, le=86_400)
    public_documents: bool = False
    member_rate: float = Field(default=50.0, gt=0)
    member_burst: int = Field(default=200, ge=1)
    organisation_rate: float = Field(default=200.0, gt=0)
    organisation_burst: int = Field(default=800, ge=1)
    stranger_rate: float = Field(default=10.0, gt=0)
    stranger_burst: int = Field(default=50, ge=1)
    behind_proxy: bool = False

    @field_validator("origins")
    @classmethod
    def are_origins(cls, origins: str) -> str:
        """Refuses what is no scheme, host and port, and nothing more. Raises ConfigurationError."""
        for origin in _listed(origins):
            if not _ORIGIN.fullmatch(origin):
                raise ConfigurationError(f"{origin[:120]!r} is no origin", hint="like https://ledger.example.org")
        return origins

    def needs_login(self) -> bool:
        """Whether callers log in: what was said, else what the ledger's folder remembers, else yes.

        Raises ConfigurationError for another word in that file, and for what must not be: to listen beyond loopback
        without a login, where whoever reaches the API may act with the keys of its home; or with one and without
        ``origins``, where nobody could log in.
        """
        needed = self.login if self.login is not None else self.home().login_setting() != LOGIN_NONE
        if self.host != "localhost" and not _is_loopback(self.host):
            if not needed:
                raise ConfigurationError(
                    f"the API does not listen on {self.host} without login",
                    hint="`liveledger api start --login`, or listen on 127.0.0.1",
                )
            if not self.origins:
                raise ConfigurationError(
                    f"the API on {self.host} does not know under which address it is reached",
                    hint="LIVELEDGER_API_ORIGINS=https://ledger.example.org",
                )
        return needed

    def own_origins(self) -> frozenset[str]:
        """Where this API is, as logins name it: on loopback at its port, and at ``origins``. The port is known then."""
        names = ("127.0.0.1", "localhost", "[::1]")
        local = {self.url(), *(f"http://{name}:{self.port}" for name in names)} if self.port else set()
        return frozenset(local | set(_listed(self.origins)))

    def url(self) -> str:
        """Where programs on this machine reach this API. The port is known then."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 -- a name, no listener
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def own_names(self) -> frozenset[str]:
        """Host names under which an API with login answers besides those of loopback."""
        origins = (*_listed(self.origins), self.url())
        return frozenset(found[1] for origin in origins if (found := _ORIGIN.fullmatch(origin)))

    def shown(self) -> frozenset[str] | None:
        """The names in ``shown_members``; None where events are shown whole."""
        if self.shown_members is None:
            return None
        return frozenset(name.strip() for name in self.shown_members.split(",") if name.strip())

    def home(self) -> LedgerHome:
        """Home folder of the ledger that is served."""
        return LedgerHome.find(self.ledger, self.root)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listed(origins: str) -> list[str]:
    """The origins, each without a port that its scheme has anyway: that is how clients write it."""
    found = [origin for part in origins.split(",") if (origin := part.strip())]
    return [one.removesuffix(":443" if one.startswith("https:") else ":80") for one in found]
