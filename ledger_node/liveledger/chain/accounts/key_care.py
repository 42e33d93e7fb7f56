"""What is done with account keys besides signing: list, import, export, encrypt, change the passphrase."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address

from liveledger.chain.accounts import keystore
from liveledger.chain.accounts.accounts import AccountStore, public_address
from liveledger.chain.accounts.passphrases import AskedOnce, PassphraseSource
from liveledger.domain.errors import ConfigurationError, LiveLedgerError
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import check_unused, is_encrypted, key_path, keystore_path, labels, load_key, parse_key
from liveledger.domain.private_files import check_private, destroy, read_private, replace, write_new

ENCRYPTED, DEVELOPMENT, UNUSABLE = "encrypted", "development", "unusable"


class KeyConflict(ConfigurationError):
    """The plain and the encrypted file of one label hold different keys."""

    code = "key-conflict"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key of a home: ``form`` is ``encrypted``, ``development`` (plain) or ``unusable`` with the reason."""

    label: str
    address: str
    form: str
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return asdict(self)

    def line(self) -> str:
        """One line for a terminal."""
        note = {ENCRYPTED: "encrypted", DEVELOPMENT: "in plain: for development only"}.get(self.form, self.reason)
        return f"{self.label:20}  {self.address or '-':42}  {note}"


def list_keys(home: LedgerHome) -> list[KeyFacts]:
    """All keys of a home, in the order of their labels; no passphrase is needed."""
    return [_facts(home, label) for label in labels(home.keys)]


def _facts(home: LedgerHome, label: str) -> KeyFacts:
    try:
        address = str(to_checksum_address(public_address(home, label)))
        return KeyFacts(label, address, ENCRYPTED if is_encrypted(home.keys, label) else DEVELOPMENT)
    except LiveLedgerError as trouble:
        return KeyFacts(label, "", UNUSABLE, trouble.message)


class KeyCare:
    """Changes the key files of one home; ``scrypt_n`` is the work that protects a new file."""

    def __init__(self, home: LedgerHome, passphrases: PassphraseSource, *, scrypt_n: int = keystore.SCRYPT_N) -> None:
        self._home = home
        self._folder = home.keys
        self._passphrases = passphrases
        self._scrypt_n = scrypt_n
        self._store = AccountStore(home, passphrases, scrypt_n=scrypt_n)

    def create(self, label: str) -> str:
        """Makes a new encrypted key; returns its address. Raises InvalidInput when the label is taken."""
        return str(self._store.create(label).address)

    def bring_in(self, label: str, content: bytes) -> str:
        """Keeps a key from outside (hex digits or a keystore), encrypted anew; returns its address.

        A keystore keeps its passphrase, a plain key gets a new one. Raises InvalidInput when the label is taken,
        DamagedKeystore, WrongPassphrase, ConfigurationError when the content is no key.
        """
        check_unused(self._folder, label)
        if content.lstrip()[:1] == b"{":
            keystore.parse(content, "the file")
            passphrase = self._passphrases.known("the file")
            key = keystore.decrypt(content, passphrase, "the file")
        else:
            key = parse_key(content.strip().removeprefix(b"0x").lower(), "the file")
            passphrase = self._passphrases.new(f"the key {label!r}")
        return str(self._store.add(label, key, passphrase).address)

    def export(self, label: str, target: Path) -> None:
        """Writes an encrypted copy to a new file. Raises NotFound, InvalidInput when there is such a file."""
        if is_encrypted(self._folder, label):
            content = read_private(keystore_path(self._folder, label))
            keystore.parse(content, f"the key {label!r}")
        else:
            key = load_key(self._folder, label)
            content = keystore.encrypt(key, self._passphrases.new("the copy"), self._scrypt_n)
        write_new(target, content)

    def encrypt(self, label: str) -> bool:
        """Encrypts a plain key, then overwrites and removes the plain file; False when that was done before.

        Interrupted at any instant, it can be done again. Raises NotFound, KeyConflict.
        """
        plain, encrypted = key_path(self._folder, label), keystore_path(self._folder, label)
        if not plain.exists():
            is_encrypted(self._folder, label)
            return False
        key, where = load_key(self._folder, label), f"the key {label!r}"
        passphrases = AskedOnce(self._passphrases)
        if not encrypted.exists():
            write_new(encrypted, keystore.encrypt(key, passphrases.new(where), self._scrypt_n))
        # What was written is opened again before the plain file goes: a key that nobody can open is a lost key.
        if keystore.decrypt(read_private(encrypted), passphrases.known(where), where) != key:
            raise KeyConflict(
                f"{plain} and {encrypted} hold different keys",
                hint="find out which of the two addresses the ledger knows, and move the other file away",
            )
        destroy(plain)
        return True

    def encrypt_all(self) -> list[str]:
        """Encrypts every plain key under one passphrase; returns the labels of those that were plain."""
        care = KeyCare(self._home, AskedOnce(self._passphrases), scrypt_n=self._scrypt_n)
        return [label for label in labels(self._folder) if care.encrypt(label)]

    def change_passphrase(self, label: str, new: PassphraseSource) -> None:
        """Encrypts a key anew under another passphrase. Raises NotFound, WrongPassphrase, ConfigurationError."""
        if not is_encrypted(self._folder, label):
            raise ConfigurationError(
                f"the key {label!r} is not encrypted", hint=f"encrypt it with `liveledger key encrypt {label}`"
            )
        check_private(self._folder)
        key = bytes(self._store.load(label).key)
        where = f"the key {label!r}"
        passphrase = new.new(where)
        content = keystore.encrypt(key, passphrase, self._scrypt_n)
        # Opened again before the old file goes: a key that nobody can open is a lost key.
        if keystore.decrypt(content, passphrase, where) != key:
            raise KeyConflict(f"{where} does not open as it was encrypted", hint="nothing was changed; try again")
        replace(keystore_path(self._folder, label), content)

    def address(self, label: str) -> str:
        """Address of a key, without its passphrase. Raises NotFound."""
        return str(to_checksum_address(public_address(self._home, label)))
