"""Accounts that send transactions: one key file each, plain (development) or encrypted, in the ledger's home."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from liveledger.chain.accounts import keystore
from liveledger.chain.accounts.passphrases import NoPassphrase, PassphraseSource, PromptPassphrase
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import (
    check_unused,
    create_key,
    is_encrypted,
    key_path,
    keystore_path,
    load_key,
    new_secret,
)
from liveledger.domain.private_files import check_private, private_folder, read_private, write_new

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


class AccountStore:
    """The accounts of one home by label, each decrypted once and then kept in memory alone.

    ``scrypt_n`` is the work that protects a new key (a power of two); only tests choose a lighter one.
    """

    def __init__(
        self, home: LedgerHome, passphrases: PassphraseSource | None = None, *, scrypt_n: int = keystore.SCRYPT_N
    ) -> None:
        self._folder = home.keys
        self._passphrases = passphrases or NoPassphrase()
        self._scrypt_n = scrypt_n
        self._open: dict[str, LocalAccount] = {}
        self._lock = threading.Lock()

    def load(self, label: str) -> LocalAccount:
        """The account called ``label``.

        Raises NotFound; MissingPassphrase, WrongPassphrase, DamagedKeystore; ConfigurationError when its file is open
        to others or malformed.
        """
        with self._lock:
            if label not in self._open:
                self._open[label] = account_of(self._read(label))
            return self._open[label]

    def _read(self, label: str) -> bytes:
        if not is_encrypted(self._folder, label):
            return load_key(self._folder, label)
        check_private(self._folder)
        content = read_private(keystore_path(self._folder, label))
        where = f"the key {label!r}"
        keystore.parse(content, where)
        return keystore.decrypt(content, self._passphrases.known(where), where)

    def create(self, label: str) -> LocalAccount:
        """Makes a new encrypted account. Raises InvalidInput when the label is taken or malformed."""
        check_unused(self._folder, label)
        return self.add(label, new_secret(), self._passphrases.new(f"the key {label!r}"))

    def add(self, label: str, key: bytes, passphrase: str) -> LocalAccount:
        """Keeps a private key (32 bytes) encrypted. Raises InvalidInput when the label is taken or malformed."""
        check_unused(self._folder, label)
        content = keystore.encrypt(key, passphrase, self._scrypt_n)
        private_folder(self._folder)
        write_new(keystore_path(self._folder, label), content)
        account = account_of(key)
        with self._lock:
            self._open[label] = account
        return account

    def stop_asking(self) -> None:
        """From now on nobody sits at the terminal any more: what a person would be asked for is missing."""
        if isinstance(self._passphrases, PromptPassphrase):
            self._passphrases = NoPassphrase()


def public_address(home: LedgerHome, label: str) -> bytes:
    """Address (20 bytes) of an account without its passphrase; an encrypted one's file is taken at its word.

    Raises NotFound, DamagedKeystore, ConfigurationError.
    """
    if not is_encrypted(home.keys, label):
        return address_of(account_of(load_key(home.keys, label)))
    where = f"the key {label!r}"
    return keystore.address_in(keystore.parse(read_private(keystore_path(home.keys, label)), where), where)


def create_account(home: LedgerHome, label: str) -> LocalAccount:
    """Makes a new development account, in plain. Raises InvalidInput when the label is taken or malformed."""
    return account_of(create_key(home.keys, label))


def load_account(home: LedgerHome, label: str) -> LocalAccount:
    """The account called ``label`` when its key is plain. Raises what AccountStore.load raises."""
    return AccountStore(home).load(label)


def load_or_create_account(home: LedgerHome, label: str) -> LocalAccount:
    """The account called ``label``; a development account is made now when there is none."""
    if key_path(home.keys, label).exists() or keystore_path(home.keys, label).exists():
        return load_account(home, label)
    return create_account(home, label)


def account_of(key: bytes) -> LocalAccount:
    """The account of a private key (32 bytes)."""
    from eth_account import Account  # half a second to load, and most commands sign nothing

    account: LocalAccount = Account.from_key(key)
    return account


def address_of(account: LocalAccount) -> bytes:
    """The account's address (20 bytes)."""
    return bytes.fromhex(account.address[2:])
