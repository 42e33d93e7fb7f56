"""The highest block that this client saw proven, for each trust anchor: what is older later is a step back."""

from __future__ import annotations

import json
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome
from liveledger.verifier import TrustAnchor


def highest_seen(home: LedgerHome, anchor: TrustAnchor) -> int:
    """The highest block seen under ``anchor``; 0 when there is none."""
    return _read(_path(home)).get(anchor.fingerprint(), 0)


def remember_height(home: LedgerHome, anchor: TrustAnchor, block: int) -> None:
    """Notes ``block`` when it is the highest so far; the file is replaced as a whole."""
    path = _path(home)
    seen = _read(path)
    seen[anchor.fingerprint()] = max(block, seen.get(anchor.fingerprint(), 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(seen, indent=2, sort_keys=True) + "\n")
    fresh.replace(path)


def _path(home: LedgerHome) -> Path:
    return home.directory / "seen.json"


def _read(path: Path) -> dict[str, int]:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        content = None
    if not isinstance(content, dict) or not all(type(height) is int for height in content.values()):
        raise ConfigurationError(f"{path} is damaged", hint="remove it to begin anew")
    return content
