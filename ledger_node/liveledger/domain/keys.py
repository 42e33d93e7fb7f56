"""Key files: one secret a file, mode 0600 in a folder of mode 0700; looser modes are refused.

A key called ``LABEL`` stands in ``LABEL.key`` as plain hex digits (development, and the engines' own secrets) or in
``LABEL.json`` as an encrypted keystore.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from liveledger.domain.errors import ConfigurationError, InvalidInput, NotFound
from liveledger.domain.private_files import check_private, private_folder, read_private, write_new

KEY_BYTES = 32
# Labels of an organisation's three administrators.
SYSTEM, SECURITY, AUDIT = "system-admin", "security-admin", "audit-admin"
POWER_LABELS = (SYSTEM, SECURITY, AUDIT)
PLAIN, ENCRYPTED = ".key", ".json"
_RESERVATIONS = "-reservations"
_LABEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
# The order of secp256k1's group: a private key lies below it.
_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class TwoForms(ConfigurationError):
    """A key is there both in plain and encrypted: which of the two counts must be decided by a person."""

    code = "key-in-two-forms"

    def __init__(self, folder: Path, label: str) -> None:
        super().__init__(
            f"the key {label!r} is in {folder} both in plain and encrypted",
            hint=f"finish with `liveledger key encrypt {label}`, or remove the file that is wrong",
            label=label,
        )


def key_path(folder: Path, label: str) -> Path:
    """Path of the plain key called ``label``. Raises InvalidInput for a label that is no plain file name."""
    if not _LABEL.fullmatch(label):
        raise InvalidInput(
            f"{label!r} is no label of a key", hint="lower-case letters, digits, dot, hyphen, underscore"
        )
    return folder / f"{label}{PLAIN}"


def keystore_path(folder: Path, label: str) -> Path:
    """Path of the encrypted key called ``label``. Raises InvalidInput for a label that is no plain file name."""
    return key_path(folder, label).with_name(f"{label}{ENCRYPTED}")


def labels(folder: Path) -> list[str]:
    """Labels of all keys in a folder, in order."""
    files = [path for path in folder.glob("*") if path.suffix in (PLAIN, ENCRYPTED)]
    return sorted({name for path in files if _LABEL.fullmatch(name := path.name.removesuffix(path.suffix))})


def reservations_label(label: str) -> str:
    """Label of the account that posts reservations for the one called ``label``, where there is a key of that name."""
    return label + _RESERVATIONS


def is_encrypted(folder: Path, label: str) -> bool:
    """Whether a key is kept encrypted. Raises NotFound when there is none, TwoForms when it is there twice."""
    plain, encrypted = key_path(folder, label).exists(), keystore_path(folder, label).exists()
    if plain and encrypted:
        raise TwoForms(folder, label)
    if not plain and not encrypted:
        raise missing(folder, label)
    return encrypted


def missing(folder: Path, label: str) -> NotFound:
    """The error for a key that is not there."""
    return NotFound(
        f"there is no key called {label!r} in {folder}",
        hint="`liveledger key list` shows what is there",
        label=label,
    )


def new_secret() -> bytes:
    """A new secp256k1 private key (32 bytes)."""
    secret = 0
    while not 0 < secret < _CURVE_ORDER:
        secret = int.from_bytes(secrets.token_bytes(KEY_BYTES))
    return secret.to_bytes(KEY_BYTES)


def check_unused(folder: Path, label: str) -> None:
    """Raises InvalidInput when a key is called ``label`` already."""
    for path in (key_path(folder, label), keystore_path(folder, label)):
        if path.exists():
            raise InvalidInput(f"there is a key called {label!r} already", hint=f"it stands in {path}", label=label)


def create_key(folder: Path, label: str) -> bytes:
    """Makes a new private key (32 bytes) and keeps it in plain. Raises InvalidInput when there is one."""
    check_unused(folder, label)
    private_folder(folder)
    key = new_secret()
    write_new(key_path(folder, label), key.hex().encode() + b"\n")
    return key


def load_key(folder: Path, label: str) -> bytes:
    """Reads a plain private key (32 bytes).

    Raises NotFound when there is none, ConfigurationError when others than the owner may read it or it is malformed.
    """
    path = key_path(folder, label)
    if not path.exists():
        raise missing(folder, label)
    content = read_private(path)
    check_private(folder)
    return parse_key(content, str(path))


def parse_key(content: bytes, where: str) -> bytes:
    """The private key (32 bytes) written as 64 hex digits. Raises ConfigurationError naming ``where``."""
    text = content.strip()
    if not re.fullmatch(rb"[0-9a-f]{64}", text) or not 0 < int(text, 16) < _CURVE_ORDER:
        raise ConfigurationError(f"{where} holds no private key", hint="64 hex digits are expected")
    return bytes.fromhex(text.decode())


def load_or_create_key(folder: Path, label: str) -> bytes:
    """The plain key called ``label``; made now when there is none."""
    if key_path(folder, label).exists():
        return load_key(folder, label)
    return create_key(folder, label)
