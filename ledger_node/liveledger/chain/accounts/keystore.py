"""Encrypted keys: Web3 Secret Storage version 3, the format of geth's and every wallet's keystore files."""

from __future__ import annotations

import json
from typing import Any

from liveledger.domain.errors import ConfigurationError, TooLarge
from liveledger.domain.keys import KEY_BYTES

# The work of scrypt (n; r = 8, p = 1): about 0.7 s and 256 MiB, the standard of wallets.
SCRYPT_N = 1 << 18
# A keystore from outside may ask for no more than this, else reading one could take all memory or hours.
_MOST_SCRYPT_BYTES = 512 * 1024 * 1024
_MOST_SCRYPT_P = 16
_MOST_PBKDF2_ROUNDS = 10_000_000
_MOST_BYTES = 16 * 1024
_BYTES_A_BLOCK = 128
# Digits of the longest number that is looked at: converting longer ones is slow by itself.
_MOST_NUMBER = 1 << 32


class DamagedKeystore(ConfigurationError):
    """A file that should be a keystore is none, or was changed."""

    code = "damaged-keystore"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where} is no usable keystore: {why}", hint="restore it from a back-up")


class WrongPassphrase(ConfigurationError):
    """The passphrase does not open the keystore (or the keystore's own sum was changed)."""

    code = "wrong-passphrase"
    exit_code = 2

    def __init__(self, where: str) -> None:
        super().__init__(
            f"the passphrase does not open {where}",
            hint="try again; if it is surely right, the file is damaged: restore it from a back-up",
        )


def encrypt(key: bytes, passphrase: str, scrypt_n: int = SCRYPT_N) -> bytes:
    """A keystore file of a private key (32 bytes); ``scrypt_n`` is the work, a power of two."""
    content = _library().encrypt(key, passphrase, kdf="scrypt", iterations=scrypt_n)
    return json.dumps(content, indent=2).encode() + b"\n"


def decrypt(content: bytes, passphrase: str, where: str = "the keystore") -> bytes:
    """The private key (32 bytes) in a keystore file. Raises DamagedKeystore or WrongPassphrase, naming ``where``."""
    keystore = parse(content, where)
    try:
        key = bytes(_library().decrypt(keystore, passphrase))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as trouble:
        # The only difference that the library makes between a wrong passphrase and a malformed field is this sentence.
        if "MAC mismatch" in str(trouble):
            raise WrongPassphrase(where) from None
        raise DamagedKeystore(where, "a field is malformed") from None
    if len(key) != KEY_BYTES or _address(key) != address_in(keystore, where):
        raise DamagedKeystore(where, "its address is not the key's")
    return key


def parse(content: bytes, where: str = "the keystore") -> dict[str, Any]:
    """The fields of a keystore file, with the work that it asks for within limits. Raises DamagedKeystore, TooLarge."""
    if len(content) > _MOST_BYTES:
        raise TooLarge(f"{where} is over {_MOST_BYTES} bytes")
    try:
        keystore = _lower(json.loads(content))
        crypto = keystore["crypto"]
        parameters = crypto["kdfparams"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise DamagedKeystore(where, "it is not in the Web3 Secret Storage format") from None
    if keystore.get("version") != 3 or crypto.get("cipher") != "aes-128-ctr":
        raise DamagedKeystore(where, "it is not of version 3 with aes-128-ctr")
    _check_work(crypto.get("kdf"), parameters, where)
    address_in(keystore, where)
    return keystore


def address_in(keystore: dict[str, Any], where: str = "the keystore") -> bytes:
    """The address (20 bytes) that a keystore names; only decrypting it shows that this is the key's."""
    text = keystore.get("address")
    try:
        address = bytes.fromhex(str(text).removeprefix("0x"))
    except ValueError:
        address = b""
    if len(address) != 20:
        raise DamagedKeystore(where, "it names no address")
    return address


def _lower(value: Any) -> dict[str, Any]:
    """The objects of a keystore with lower-case names; some programs write ``Crypto``. Raises TypeError."""
    if not isinstance(value, dict):
        raise TypeError("no object")
    return {name.lower(): _lower(entry) if isinstance(entry, dict) else entry for name, entry in value.items()}


def _check_work(function: Any, parameters: dict[str, Any], where: str) -> None:
    if not isinstance(parameters, dict) or parameters.get("dklen") != KEY_BYTES:
        raise DamagedKeystore(where, "its key derivation has no length of 32")
    if function == "scrypt":
        n, r, p = (_number(parameters.get(name), where) for name in ("n", "r", "p"))
        if n < 2 or n & (n - 1) or n * r * _BYTES_A_BLOCK > _MOST_SCRYPT_BYTES or p > _MOST_SCRYPT_P:
            raise DamagedKeystore(where, "its scrypt parameters are out of range")
    elif function == "pbkdf2":
        if _number(parameters.get("c"), where) > _MOST_PBKDF2_ROUNDS or parameters.get("prf") != "hmac-sha256":
            raise DamagedKeystore(where, "its PBKDF2 parameters are out of range")
    else:
        raise DamagedKeystore(where, "its key derivation is neither scrypt nor pbkdf2")


def _number(value: Any, where: str) -> int:
    if type(value) is not int or not 0 < value < _MOST_NUMBER:
        raise DamagedKeystore(where, "a number of its key derivation is out of range")
    return value


def _address(key: bytes) -> bytes:
    return bytes.fromhex(_library().from_key(key).address[2:])


def _library() -> Any:
    """What reads and writes keystores, loaded at its first use: half a second, and most commands open no key."""
    from eth_account import Account

    return Account
