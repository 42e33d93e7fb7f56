"""What the command line shows the API: an API key in a file that is named, or the token of this user's login."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from liveledger.domain.errors import ConfigurationError, NotFound
from liveledger.domain.home import LedgerHome
from liveledger.domain.private_files import destroy, read_private, read_secret, replace

KEY_FILE = "LIVELEDGER_API_KEY_FILE"


@dataclass(frozen=True, slots=True)
class SavedLogin:
    """A token as it is kept: for the API at ``url`` alone, of ``account`` (hex), until ``expires_at`` (Unix time)."""

    url: str
    token: str
    account: str
    expires_at: str

    def write(self, file: Path) -> None:
        """Keeps it in a private file (0600), in place of another."""
        file.parent.mkdir(parents=True, exist_ok=True)
        replace(file, json.dumps(asdict(self)).encode() + b"\n")


def saved_login(file: Path) -> SavedLogin | None:
    """The login in a file; None without one. Raises ConfigurationError when others can read it, or it is none."""
    try:
        found = json.loads(read_private(file))
        return SavedLogin(**{name: str(value) for name, value in found.items()})
    except NotFound:
        return None
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError(f"{file} holds no login", hint="remove it, and log in again") from None


def forget_login(file: Path) -> None:
    """Destroys a saved login."""
    if file.exists():
        destroy(file)


def authorization(home: LedgerHome, url: str) -> dict[str, str]:
    """The header for requests to the API at ``url``; none without a key file and a login there.

    A token goes nowhere but to the address that gave it. Raises ConfigurationError.
    """
    named = os.environ.get(KEY_FILE)
    if named:
        return bearer(read_secret(Path(named)))
    found = saved_login(home.api_token)
    return bearer(found.token) if found and found.url == url else {}


def bearer(secret: str) -> dict[str, str]:
    """The header that shows a token or key."""
    return {"Authorization": f"Bearer {secret}"}
