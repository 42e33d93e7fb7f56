"""Key files: one secret a file, mode 0600 in a folder of mode 0700; looser modes are refused."""

from __future__ import annotations

import os
import re
import secrets
import stat
from pathlib import Path

from liveledger.domain.errors import ConfigurationError, InvalidInput, NotFound

KEY_BYTES = 32
_LABEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
# The order of secp256k1's group: a private key lies below it.
_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def key_path(folder: Path, label: str) -> Path:
    """Path of the key called ``label``. Raises InvalidInput for a label that is no plain file name."""
    if not _LABEL.fullmatch(label):
        raise InvalidInput(
            f"{label!r} is no label of a key", hint="lower-case letters, digits, dot, hyphen, underscore"
        )
    return folder / f"{label}.key"


def create_key(folder: Path, label: str) -> bytes:
    """Makes a new secp256k1 private key (32 bytes) and keeps it on disk. Raises InvalidInput when there is one."""
    path = key_path(folder, label)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    secret = 0
    while not 0 < secret < _CURVE_ORDER:
        secret = int.from_bytes(secrets.token_bytes(KEY_BYTES))
    key = secret.to_bytes(KEY_BYTES)
    scratch = path.with_suffix(f".{os.getpid()}.new")
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link fails where the file exists already: a key is never overwritten, also not by a racing process.
        os.link(scratch, path)
    except FileExistsError:
        raise InvalidInput(
            f"there is a key called {label!r} already", hint=f"it stands in {path}", label=label
        ) from None
    finally:
        scratch.unlink()
    return key


def load_key(folder: Path, label: str) -> bytes:
    """Reads a private key (32 bytes).

    Raises NotFound when there is none, ConfigurationError when others than the owner may read it or it is malformed.
    """
    path = key_path(folder, label)
    try:
        mode, text = path.stat().st_mode, path.read_text().strip()
    except FileNotFoundError:
        raise NotFound(f"there is no key called {label!r} in {folder}", label=label) from None
    for place, found in ((path, mode), (folder, folder.stat().st_mode)):
        if stat.S_IMODE(found) & 0o077:
            raise ConfigurationError(
                f"{place} is open to others (mode {stat.S_IMODE(found):04o})",
                hint=f"chmod go= {place}, or make a new key",
            )
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ConfigurationError(f"{path} holds no private key", hint="64 hex digits are expected")
    return bytes.fromhex(text)


def load_or_create_key(folder: Path, label: str) -> bytes:
    """The key called ``label``; made now when there is none."""
    if key_path(folder, label).exists():
        return load_key(folder, label)
    return create_key(folder, label)
