"""The highest block that this client saw proven, for each trust anchor: what is older later is a step back."""

from __future__ import annotations

import json
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome
from liveledger.verifier import Refusal, TrustAnchor
from liveledger.verifier.shape import parse_json

MAX_BYTES = 1 << 20
_USABLE = "let this user read and write there, or choose another --home"


def highest_seen(home: LedgerHome, anchor: TrustAnchor) -> int:
    """The highest block seen under ``anchor``; 0 when there is none. Raises ConfigurationError."""
    return _read(_path(home)).get(anchor.fingerprint(), 0)


def remember_height(home: LedgerHome, anchor: TrustAnchor, block: int) -> None:
    """Notes ``block`` when it is the highest so far; the file is replaced as a whole. Raises ConfigurationError."""
    path = _path(home)
    seen = _read(path)
    seen[anchor.fingerprint()] = max(block, seen.get(anchor.fingerprint(), 0))
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(seen, indent=2, sort_keys=True) + "\n")
        fresh.replace(path)
    except OSError as error:
        sentence = f"the bundle is proven, but its height cannot be noted in {path}: {error.strerror}"
        raise ConfigurationError(sentence, hint=_USABLE) from None


def _path(home: LedgerHome) -> Path:
    return home.directory / "seen.json"


def _read(path: Path) -> dict[str, int]:
    try:
        with path.open("rb") as file:
            content = parse_json(file.read(MAX_BYTES + 1), limit=MAX_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}", hint=_USABLE) from None
    except Refusal:
        content = None
    if not isinstance(content, dict) or not all(type(height) is int and height >= 0 for height in content.values()):
        raise ConfigurationError(f"{path} is damaged", hint="remove it to begin anew")
    return content
