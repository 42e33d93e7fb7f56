"""A validator's key file, in the form of CometBFT's ``priv_validator_key.json``."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.private_files import read_private

_SECRET_BYTES, _WHOLE_BYTES = 32, 64


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file of mode 0600. Raises NotFound; ConfigurationError when it is open to others or malformed."""
    try:
        content = json.loads(read_private(path))["priv_key"]
        secret = base64.b64decode(content["value"], validate=True)
    except (KeyError, TypeError, ValueError, RecursionError):
        secret = b""
    if len(secret) == _WHOLE_BYTES:
        key = Ed25519PrivateKey.from_private_bytes(secret[:_SECRET_BYTES])
        if key.public_key().public_bytes_raw() == secret[_SECRET_BYTES:]:
            return key
    raise ConfigurationError(f"{path} holds no validator key", hint="restore it from a back-up")
