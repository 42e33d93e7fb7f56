"""Accounts that send transactions: one key file each, in the ledger's home."""

from __future__ import annotations

from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import create_key, load_key, load_or_create_key


def create_account(home: LedgerHome, label: str) -> LocalAccount:
    """Makes a new account. Raises InvalidInput when the label is taken or malformed."""
    return account_of(create_key(home.keys, label))


def load_account(home: LedgerHome, label: str) -> LocalAccount:
    """The account called ``label``. Raises NotFound, or ConfigurationError when its file is open to others."""
    return account_of(load_key(home.keys, label))


def load_or_create_account(home: LedgerHome, label: str) -> LocalAccount:
    """The account called ``label``; made now when there is none."""
    return account_of(load_or_create_key(home.keys, label))


def account_of(key: bytes) -> LocalAccount:
    """The account of a private key (32 bytes)."""
    account: LocalAccount = Account.from_key(key)
    return account


def address_of(account: LocalAccount) -> bytes:
    """The account's address (20 bytes)."""
    return bytes.fromhex(account.address[2:])
