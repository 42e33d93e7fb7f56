"""Settings of the MQTT gateway: the broker, and the white list of interfaces (docs/messages.md)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from liveledger.domain import gs1
from liveledger.domain.errors import ConfigurationError, LiveLedgerError
from liveledger.domain.private_files import MAX_BYTES, check_private, read_secret

# A topic level, a certificate's common name and a row of the counts at once: nothing that means more in any of them.
INTERFACE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
KINDS = ("movements", "snapshots")
MAX_INTERFACES = 1000
Kind = Annotated[str, StringConstraints(pattern=f"^({'|'.join(KINDS)})$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interface(_Part):
    """One interface that may send: its name, its organisation's GLN (and number), the kinds of message it may send."""

    name: str
    organisation: str
    number: int | None = Field(default=None, ge=1, le=4095)
    kinds: tuple[Kind, ...] = Field(min_length=1)

    @field_validator("name")
    @classmethod
    def one_level(cls, name: str) -> str:
        """Refuses what is no level of a topic."""
        if not INTERFACE.fullmatch(name):
            raise ValueError("lower-case letters, digits, dots, hyphens and underscores, at most 64")
        return name

    @field_validator("organisation")
    @classmethod
    def a_gln(cls, organisation: str) -> str:
        """Refuses what is no GLN."""
        try:
            gs1.gln(organisation)
        except LiveLedgerError as error:
            raise ValueError(error.message) from None
        return organisation


class Broker(_Part):
    """Where the broker is, and how this MQTT gateway shows who it is: PEM files of authority, certificate and key."""

    host: str = Field(min_length=1, max_length=255)
    port: int = Field(default=8883, ge=1, le=65535)
    client_id: str = Field(min_length=1, max_length=64)
    ca: Path
    certificate: Path
    key: Path


class Limits(_Part):
    """Sizes: bytes of a message, messages that wait and dead letters of one interface each, records a request."""

    max_message_bytes: int = Field(default=65_536, ge=1, le=1 << 20)
    max_pending: int = Field(default=50_000, ge=1)
    max_dead: int = Field(default=10_000, ge=1)
    batch: int = Field(default=150, ge=1, le=2000)


class BridgeSettings(_Part):
    """All of a settings file. ``api`` is the member's API; without it the one on this machine is looked up.

    ``api_key_file`` is a private file with an API key for the interfaces movements and snapshots, which an API with
    login asks for.
    ``metrics_port`` is where this host's Prometheus asks; without it no metrics are served.
    """

    broker: Broker
    interface: tuple[Interface, ...] = Field(min_length=1, max_length=MAX_INTERFACES)
    limits: Limits = Limits()
    api: str | None = Field(default=None, pattern=r"^https?://[^\s/]+$")
    account: str | None = None
    api_key_file: Path | None = None
    metrics_port: int | None = Field(default=None, ge=1, le=65535)

    @model_validator(mode="after")
    def names_differ(self) -> BridgeSettings:
        """Refuses an interface that stands in the list twice."""
        names = [one.name for one in self.interface]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the interface {twice!r} is listed twice")
        return self


def read_settings(path: Path) -> BridgeSettings:
    """Reads a TOML file; paths in it are relative to its folder. Raises ConfigurationError naming the entry."""
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES * 16:
            raise ConfigurationError(f"{path} is over {MAX_BYTES * 16} bytes")
        settings = BridgeSettings.model_validate(tomllib.loads(content.decode()))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {place}: {first['msg']}", hint="see docs/messages.md") from None
    settings = _beside(settings, path.parent)
    check_private(settings.broker.key)
    if settings.api_key_file is not None:
        read_secret(settings.api_key_file)
    return settings


def _beside(settings: BridgeSettings, folder: Path) -> BridgeSettings:
    broker = settings.broker
    paths = {name: folder / getattr(broker, name) for name in ("ca", "certificate", "key")}
    changes: dict[str, object] = {"broker": broker.model_copy(update=paths)}
    if settings.api_key_file is not None:
        changes["api_key_file"] = folder / settings.api_key_file
    return settings.model_copy(update=changes)
